// Who installs the target, with what? Three inputs that belong together.
import type { Install } from './config.ts';
import { inputProblem } from './input-problem.ts';
import { parseInstallArgs } from './install-args.ts';
import type { Reading } from './reading.ts';
import { parseChoice, parseLine } from './simple.ts';

/** The installation asked for; notes a problem where manifest or arguments are missing or belong to another kind. */
export function readInstall(read: Reading): Install {
  const kind = read.value('install', parseChoice(['none', 'manifest', 'istioctl', 'helm']));
  if (kind !== 'manifest') refuse(read, 'install-manifest', kind, '`install: manifest`');
  if (kind !== 'istioctl' && kind !== 'helm')
    refuse(read, 'install-args', kind, '`install: istioctl` or `install: helm`');
  if (kind === 'none') return { kind };
  if (kind !== 'manifest')
    return { kind, args: read.optional('install-args', (text) => parseInstallArgs(kind, text)) ?? [] };
  if (!read.isSet('install-manifest')) {
    read.blame(
      inputProblem(
        'missing-input',
        'install-manifest',
        '`install: manifest` needs `install-manifest`',
        'Name the file, directory or glob of the rendered YAML, or set another `install`.',
      ),
    );
  }
  return { kind, path: read.optional('install-manifest', parseLine) ?? '' };
}

function refuse(
  read: Reading,
  input: 'install-manifest' | 'install-args',
  kind: Install['kind'],
  wanted: string,
): void {
  if (!read.isSet(input)) return;
  read.blame(
    inputProblem(
      'conflicting-inputs',
      input,
      `\`${input}\` is set, but \`install\` is \`${kind}\`, which does not use it`,
      `Set ${wanted}, or remove \`${input}\`.`,
    ),
  );
}
