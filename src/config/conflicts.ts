// Which settings are each well-formed and cannot stand together?
import type { Finding } from '../mesh/finding.ts';
import type { Config } from './config.ts';
import { inputProblem, type InputProblem } from './input-problem.ts';
import type { InputName } from './inputs.ts';

/** One finding for each pair of settings that contradict each other. */
export function conflictsIn({ frozen, run }: Config): readonly Finding[] {
  const { gate, targetRevision, sourceRevision, tag } = frozen;
  const target: string | undefined = targetRevision;
  const headers = Object.keys(run.prometheus?.headers ?? {});
  return [
    when(
      gate.bakeMs > gate.maxBakeMs,
      'bake',
      '`bake` is longer than `max-bake`',
      'Shorten `bake`, or lengthen `max-bake`.',
    ),
    when(
      gate.intervalMs !== undefined && gate.intervalMs > gate.maxBakeMs,
      'interval',
      '`interval` is longer than `max-bake`, so nobody would look in time',
      'Shorten `interval`, or leave it away.',
    ),
    when(
      target !== undefined && target === sourceRevision,
      'target-revision',
      `Source and target are the same revision, \`${target ?? ''}\``,
      'Set `target-revision` to the revision to upgrade to.',
    ),
    when(
      target !== undefined && target === tag,
      'tag',
      `\`tag\` and \`target-revision\` are both \`${target ?? ''}\`: a tag with the name of a revision selects the same pods twice`,
      'Name the revision, such as `1-32-0`, and the tag that points to one.',
    ),
    when(
      run.prometheus?.token !== undefined && headers.some((name) => name.toLowerCase() === 'authorization'),
      'prometheus-token',
      '`prometheus-token` and the header Authorization in `prometheus-headers` exclude each other',
      'Keep one of them.',
    ),
    when(
      run.prometheus?.ca !== undefined && !run.prometheus.url.startsWith('https://'),
      'prometheus-ca',
      '`prometheus-ca` is for `https://` addresses; this `prometheus-url` is none',
      'Remove `prometheus-ca`, or use `https://`.',
    ),
  ].flat();
}

function when(holds: boolean, input: InputName, message: string, remedy: string): readonly Finding[] {
  const id: InputProblem = 'conflicting-inputs';
  return holds ? [inputProblem(id, input, message, remedy)] : [];
}
