// How does a test stand in for programs that a machine may have or lack? Shell scripts of their names, in a folder for the PATH.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a script for each name into `directory` and returns it. */
export function stubCommands(directory: string, scripts: Readonly<Record<string, string>>): string {
  mkdirSync(directory, { recursive: true });
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return directory;
}
