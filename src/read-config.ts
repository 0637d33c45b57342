// What was asked for? Inputs and the file that they name, as one typed Config; every secret in them is masked first.
import { readText } from './adapters/system/files.ts';
import { refused } from './commands/refusal.ts';
import type { ConfigFile } from './config/config-file.ts';
import type { Config } from './config/config.ts';
import { parseConfig } from './config/parse.ts';
import { secretsInFile } from './config/secrets.ts';
import type { Finding } from './mesh/finding.ts';
import type { Ending } from './plan/ending.ts';
import type { Edge } from './ports/edge.ts';

/** Inputs and file, or the refusal that lists every problem. */
export async function readConfig(edge: Edge): Promise<Config | Ending> {
  const path = edge.inputs['config-file'];
  let file: ConfigFile | undefined;
  if (path !== undefined && path !== '') {
    const read = await readText(path);
    if (read.kind === 'unreadable')
      return refused([
        problem(
          'config-file',
          'input config-file',
          read.message,
          'Check the path; the repository must be checked out in a step before.',
        ),
      ]);
    file = { path, text: read.text };
    for (const secret of secretsInFile(file)) edge.mask(secret);
  }
  const parsed = parseConfig(edge.inputs, file, edge.defaults);
  return parsed.kind === 'ok' ? parsed.value : refused(parsed.problems);
}

const problem = (id: string, subject: string, message: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject,
  message,
  remedy,
});
