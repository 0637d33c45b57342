// Keeps action.yml, README.md and docs/rbac true to the tables in the code: writes what is stale. That nothing is
// stale is a test (test/scripts/interface.test.ts).
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { generatedFiles } from './generated-files.ts';

const root = path.join(import.meta.dirname, '..');
for (const [name, textFrom] of generatedFiles) {
  const file = path.join(root, name);
  const present = readIfThere(file);
  const wanted = textFrom(present);
  if (wanted === present) continue;
  writeFileSync(file, wanted);
  process.stdout.write(`wrote ${name}\n`);
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
