// What must not come of a bad day, whatever else does? Judges one run by what it said of itself; the cluster is for scene.ts.
import type { ActionResult } from '../bundle/harness.ts';
import type { Fault } from './faults.ts';
import type { Phase } from './phases.ts';

export type Said = Pick<ActionResult, 'signal' | 'outputs' | 'stdout' | 'stderr'>;

/** A sentence for each promise that is broken; empty: none is. */
export function brokenPromises(
  { name, blinds }: Pick<Fault, 'name' | 'blinds'>,
  { blinded }: Pick<Phase, 'blinded'>,
  said: Said,
): string[] {
  if (blinded === undefined) return unnamed(said);
  const { ending = 'none', verdict = 'none', reason = '' } = said.outputs;
  const isRight = blinded.includes(ending) && (ending !== 'held' || verdict === 'HOLD');
  return [
    ...unnamed(said),
    ...(blinds && !isRight
      ? [`it ended ${ending} with verdict ${verdict}, though its gate saw nothing (${name}): ${reason}`]
      : []),
    ...(ending === 'rolled-back' ? [`it rolled back for ${name}, which is no reason to: ${reason}`] : []),
  ];
}

/** Whatever happens, there is an ending, and it is no bug. */
export function unnamed({ signal, outputs, stdout, stderr }: Said): string[] {
  const { ending, 'reason-code': code, reason } = outputs;
  if (signal !== null || ending === undefined)
    return [`it ended in silence (${signal ?? 'no ending'}): ${stdout}\n${stderr}`];
  return code === 'bug' ? [`it calls it a bug: ${reason ?? ''}`] : [];
}
