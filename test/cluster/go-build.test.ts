// What does the person who waits see, and what is left beside the binaries? With a `go` that builds nothing.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { filled } from './cache.ts';
import { directoriesFile, goBuild } from './go-build.ts';
import { type Recipe, recipeHash } from './recipes.ts';
import { stubCommands } from './stub-commands.ts';

let home: string;
let said: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'go-build-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  said = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true, force: true });
});
const tell = (line: string): void => void said.push(line);
/** At most eight cores are of use. */
const cores = Math.min(availableParallelism(), 8);

/** A `go` whose build does this, in a shell; `$OUT` is where the binaries belong. */
function goThat(build: string): void {
  const go = `
case $1 in
  build) while [ "$1" != -o ]; do shift; done; OUT=$2; ${build} ;;
  mod) printf '{"Dir":"/modules/%s"}' "$4" ;;
  *) exit 64 ;;
esac`;
  const setpriv = 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"';
  vi.stubEnv('PATH', [stubCommands(join(home, 'bin'), { go, setpriv }), process.env['PATH']].join(delimiter));
}

const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  name: 'istio',
  directory: home,
  targets: ['tool'],
  sources: [],
  flags: ['-v'],
  binaries: ['istioctl', 'pilot-discovery'],
  directoriesOf: [],
  minutes: 8,
  ...over,
});

/** As `binaries.ts` asks for it. */
async function cached(): Promise<string> {
  const of = recipe({ directoriesOf: ['istio.io/istio'] });
  return filled(`istio-${recipeHash(of, 'go1.26.3')}`, (directory) => goBuild(of, directory, tell));
}

describe('a build', () => {
  it.each([
    { minutes: 3 * (cores / 2), about: 3, reason: 'measured on two cores, and shared out' },
    { minutes: 0.1, about: 1, reason: 'nobody is told of no minutes' },
  ])('begins by saying what it makes and how long that takes: $reason', async ({ minutes, about }) => {
    goThat(':');
    await goBuild(recipe({ minutes }), home, tell);
    const many = String(availableParallelism());
    expect(said).toEqual([
      `istio: building istioctl, pilot-discovery; a cold build takes about ${String(about)} min on ${many} cores`,
      'istio: built in 0 min 00 s',
    ]);
  });

  it('says every quarter of a minute how far it is', async () => {
    const held = join(home, 'held');
    writeFileSync(held, '');
    const lines = ['go: downloading a v1', 'go: downloading b v2', 'a/b', 'k8s.io/api', 'main', '# a warning'];
    goThat(
      `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} >&2; while [ -e ${held} ]; do sleep 0.02; done`,
    );
    const building = goBuild(recipe(), home, tell);
    vi.advanceTimersByTime(75_000); // before anything of Go can have been read
    expect(said).toHaveLength(1 + 5);
    expect(said.at(-1)).toBe('istio: 1 min 15 s, 0 modules downloaded, 0 packages compiled');
    const next = (): string | undefined => {
      vi.advanceTimersByTime(15_000);
      return said.at(-1);
    };
    await expect
      .poll(next, { timeout: 10_000 })
      .toMatch(/^istio: \d+ min \d\d s, 2 modules downloaded, 3 packages compiled$/u);
    rmSync(held);
    await building;
    const { length } = said;
    next();
    expect(said).toHaveLength(length);
    expect(said.at(-1)).toMatch(/^istio: built in \d+ min \d\d s$/u);
  });

  it("that fails says Go's last words, without what it only reported", async () => {
    goThat(`for at in $(seq 30); do echo "main.go:$at: wrong"; done >&2; echo a/package >&2; exit 1`);
    const error = await goBuild(recipe(), home, tell).catch((reason: unknown) => reason);
    const wrong = Array.from({ length: 20 }, (_, at) => `main.go:${String(at + 11)}: wrong`);
    expect(error).toMatchObject({ message: ['go build of istio failed:', ...wrong].join('\n') });
  });
});

describe('a build in the cache', () => {
  beforeEach(() => {
    for (const file of ['go.mod', 'go.sum']) writeFileSync(join(home, file), '');
  });

  it('is made once, with the place of its sources beside it, and anew where its module has changed', async () => {
    goThat('echo binary > $OUT/istioctl');
    const first = await cached();
    expect(readdirSync(first).toSorted()).toEqual([directoriesFile, 'istioctl']);
    expect(JSON.parse(readFileSync(join(first, directoriesFile), 'utf8'))).toEqual({
      'istio.io/istio': '/modules/istio.io/istio',
    });
    said = [];
    expect(await cached()).toBe(first);
    expect(said).toEqual([]);
    writeFileSync(join(home, 'go.sum'), 'another version');
    expect(await cached()).not.toBe(first);
    expect(said).toHaveLength(2);
    expect(existsSync(first)).toBe(true);
  });

  it('is none where Go failed with half of it written', async () => {
    goThat('echo half > $OUT/istioctl; echo "no space left" >&2; exit 1');
    await expect(cached()).rejects.toThrow('no space left');
    goThat('echo whole > $OUT/istioctl');
    expect(readFileSync(join(await cached(), 'istioctl'), 'utf8')).toBe('whole\n');
  });
});
