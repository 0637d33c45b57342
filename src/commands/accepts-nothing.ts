// Which ids in `accept` accept nothing? A slip of the pen there is found by nobody else until the day it matters.
import type { Finding } from '../mesh/finding.ts';
import type { Run } from './run.ts';

/** Warns of each; to be asked where every check has been made: a command that only goes on makes fewer, with the same `accept`. */
export function warnOfIdleAccepts(
  { config, world }: Pick<Run, 'config' | 'world'>,
  findings: readonly Finding[],
): void {
  const found = new Set(findings.map(({ id }) => id));
  const open = new Set(findings.filter(({ severity }) => severity === 'overridable').map(({ id }) => id));
  const here = open.size === 0 ? 'there is nothing to accept' : `to be accepted here: ${[...open].join(', ')}`;
  for (const id of config.run.accept)
    if (!found.has(id)) world.log.warning(`input accept: no finding has the id ${id}; ${here}`);
}
