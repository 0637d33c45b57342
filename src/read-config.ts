// What was asked for? Inputs and the file that they name, as one typed Config; every secret in them is masked first.
import { readText } from './adapters/system/files.ts';
import { refused } from './commands/refusal.ts';
import { type ConfigFile, readConfigFile } from './config/config-file.ts';
import type { Command, Config } from './config/config.ts';
import { certificatePath } from './config/credentials.ts';
import { inputProblem, subjectOf } from './config/input-problem.ts';
import { commandAsked, parseConfig } from './config/parse.ts';
import { secretsInFile } from './config/secrets.ts';
import type { Finding } from './mesh/finding.ts';
import type { Ending } from './plan/ending.ts';
import type { Edge } from './ports/edge.ts';

export interface RefusedConfig {
  /** As far as that could be read. */
  readonly command: Command;
  readonly refused: Ending;
}

/** Inputs and file, or the refusal that lists every problem, those of the command line too. */
export async function readConfig(
  edge: Pick<Edge, 'inputs' | 'defaults' | 'mask'>,
  ofUsage: readonly Finding[] = [],
): Promise<Config | RefusedConfig> {
  const { inputs, defaults } = edge;
  const { file, unread } = await configFile(inputs['config-file'] ?? '');
  if (file !== undefined) for (const secret of secretsInFile(file)) edge.mask(secret);
  const found = [...ofUsage, ...unread, ...(await unreadCa(inputs, file))];
  const parsed = parseConfig(inputs, file, defaults, found);
  if (parsed.kind === 'ok') return parsed.value;
  // What is missing may stand in the file that could not be read.
  const problems = parsed.problems.filter(({ id }) => unread.length === 0 || id !== 'missing-input');
  return { command: commandAsked(inputs, file), refused: refused(problems) };
}

interface Read {
  /** Absent where none is named, or it cannot be read. */
  readonly file?: ConfigFile;
  readonly unread: readonly Finding[];
}

async function configFile(path: string): Promise<Read> {
  if (path === '') return { unread: [] };
  const read = await readText(path);
  if (read.kind === 'read') return { file: { path, text: read.text }, unread: [] };
  const finding = {
    id: 'config-file',
    severity: 'blocks',
    subject: subjectOf('config-file'),
    message: read.message,
    remedy: 'Check the path; the repository must be checked out in a step before.',
  } as const;
  return { unread: [finding] };
}

/** The parser knows no files: whether the one that `prometheus-ca` names can be read is seen here. */
async function unreadCa(inputs: Edge['inputs'], file: ConfigFile | undefined): Promise<readonly Finding[]> {
  const given = inputs['prometheus-ca']?.trim() ?? '';
  const inFile = file === undefined ? '' : (readConfigFile(file).strings['prometheus-ca']?.trim() ?? '');
  const path = certificatePath(given === '' ? inFile : given) ?? '';
  const read = path === '' ? undefined : await readText(path);
  if (read?.kind !== 'unreadable') return [];
  const remedy = 'Give the path of a PEM file, or its content; the repository must be checked out in a step before.';
  return [inputProblem('bad-input', 'prometheus-ca', `\`prometheus-ca\`: ${read.message}`, remedy)];
}
