// Which settings are each well-formed and cannot stand together?
import type { Finding } from '../mesh/finding.ts';
import type { Config } from './config.ts';
import { inputProblem } from './input-problem.ts';
import type { InputName } from './inputs.ts';

/**
 * One finding for each pair of settings that contradict each other; pairs of which one is not `sound` are left out,
 * since a default stands in for it.
 */
export function conflictsIn({ frozen, run }: Config, sound: (input: InputName) => boolean): readonly Finding[] {
  const { gate, targetRevision, sourceRevision, tag } = frozen;
  const target: string | undefined = targetRevision;
  const headers = Object.keys(run.prometheus?.headers ?? {});
  const conflicts: readonly Conflict[] = [
    {
      holds: gate.bakeMs > gate.maxBakeMs,
      between: ['bake', 'max-bake'],
      message: '`bake` is longer than `max-bake`',
      remedy: 'Shorten `bake` (5m where it is not set), or lengthen `max-bake` (30m where it is not set).',
    },
    {
      holds: gate.intervalMs !== undefined && gate.intervalMs > gate.maxBakeMs,
      between: ['interval', 'max-bake'],
      message: '`interval` is longer than `max-bake`, so nobody would look in time',
      remedy: 'Shorten `interval`, or leave it away.',
    },
    {
      holds: target !== undefined && target === sourceRevision,
      between: ['target-revision', 'source-revision'],
      message: `Source and target are the same revision, \`${target ?? ''}\``,
      remedy: 'Set `target-revision` to the revision to upgrade to.',
    },
    {
      holds: target !== undefined && target === tag,
      between: ['tag', 'target-revision'],
      message: `\`tag\` and \`target-revision\` are both \`${target ?? ''}\`; a tag cannot have the name of a revision`,
      remedy: 'Give `target-revision` the name of a revision, such as `1-32-0`, and `tag` the name of a tag.',
    },
    {
      holds: run.prometheus?.token !== undefined && headers.some((name) => name.toLowerCase() === 'authorization'),
      between: ['prometheus-token', 'prometheus-headers'],
      message: '`prometheus-token` and the header Authorization in `prometheus-headers` exclude each other',
      remedy: 'Keep one of them.',
    },
    {
      holds: run.prometheus?.ca !== undefined && !run.prometheus.url.startsWith('https://'),
      between: ['prometheus-ca', 'prometheus-url'],
      message: '`prometheus-ca` is for `https://` addresses, and `prometheus-url` is none',
      remedy: 'Remove `prometheus-ca`, or use `https://`.',
    },
  ];
  return conflicts
    .filter(({ holds, between }) => holds && between.every((input) => sound(input)))
    .map(({ between, message, remedy }) => inputProblem('conflicting-inputs', between[0], message, remedy));
}

interface Conflict {
  readonly holds: boolean;
  /** The first one is blamed. */
  readonly between: readonly [InputName, InputName];
  readonly message: string;
  readonly remedy: string;
}
