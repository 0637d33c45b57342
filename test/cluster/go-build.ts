// How is one of the cluster's Go modules built, and what does the person who waits see meanwhile?
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Recipe } from './recipes.ts';

const tellEveryMs = 15_000;

/** Where the recipe's `directoriesOf` lie, by module path: kept beside the binaries so that a warm start asks Go for nothing. */
export const directoriesFile = 'directories.json';

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' };
}

function since(start: number): string {
  const seconds = Math.round((Date.now() - start) / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

export async function goBuild(recipe: Recipe, output: string, tell: (line: string) => void): Promise<void> {
  const cores = availableParallelism();
  const minutes = Math.max(1, Math.round((recipe.minutes * 2) / Math.min(cores, 8)));
  tell(
    `${recipe.name}: building ${recipe.binaries.join(', ')}; a cold build takes about ${minutes} min on ${cores} cores`,
  );
  const start = Date.now();
  const args = ['build', ...recipe.flags, '-o', `${output}/`, ...recipe.targets];
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', 'go', ...args], {
    cwd: recipe.directory,
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => child.on('exit', resolve).on('error', reject));
  const last: string[] = [];
  let packages = 0;
  let downloads = 0;
  const timer = setInterval(
    () => tell(`${recipe.name}: ${since(start)}, ${downloads} modules downloaded, ${packages} packages compiled`),
    tellEveryMs,
  );
  try {
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.startsWith('go: downloading')) downloads += 1;
      else if (/^[\w./~-]+$/.test(line)) packages += 1;
      else last.push(line);
    }
    if ((await exited) !== 0) throw new Error(`go build of ${recipe.name} failed:\n${last.slice(-20).join('\n')}`);
  } finally {
    clearInterval(timer);
  }
  writeFileSync(join(output, directoriesFile), JSON.stringify(moduleDirectories(recipe)));
  tell(`${recipe.name}: built in ${since(start)}`);
}

/** Downloads what the module cache lacks. */
export function moduleDirectories(recipe: Recipe): Record<string, string> {
  const found: Record<string, string> = {};
  for (const module of recipe.directoriesOf) {
    const { stdout, stderr, status } = spawnSync('go', ['mod', 'download', '-json', module], {
      cwd: recipe.directory,
      env: environment(),
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`go mod download ${module} failed in ${recipe.directory}: ${stderr}${stdout}`);
    const { Dir: directory }: { Dir: string } = JSON.parse(stdout);
    found[module] = directory;
  }
  return found;
}
