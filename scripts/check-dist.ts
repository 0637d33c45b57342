// Is the committed dist/ what the source builds? Builds beside it and says which file differs; changes nothing in dist/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
// Inside the checkout, since the source map's paths are relative to it.
const fresh = mkdtempSync(path.join(root, '.dist-check-'));
try {
  const built = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DIST: path.basename(fresh) },
  });
  if (built.status !== 0) throw new Error('the build failed');
  const committed = path.join(root, 'dist');
  const names = new Set([...filesIn(committed), ...filesIn(fresh)]);
  const differing = [...names].toSorted().filter((name) => textOf(committed, name) !== textOf(fresh, name));
  for (const name of differing) process.stderr.write(`dist/${name} is not what the source builds\n`);
  if (differing.length > 0) {
    process.stderr.write('Run `npm run build` and commit dist/.\n');
    process.exitCode = 1;
  } else {
    process.stdout.write(`dist/ is what the source builds (${names.size} files)\n`);
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

function filesIn(directory: string): readonly string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function textOf(directory: string, name: string): string | undefined {
  const file = path.join(directory, name);
  return existsSync(file) ? readFileSync(file, 'latin1') : undefined;
}
