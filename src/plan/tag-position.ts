// Where may the tag be, after what this upgrade has done with it? What somebody else made of it is said, and left to people.
import type { Revision } from '../mesh/names.ts';
import type { Journal } from './journal.ts';
import { nextBatch } from './next-step.ts';
import { tagRestore } from './restore.ts';

/** One revision; or both, while this upgrade's own move is begun and not done, or was taken back: the last is where the tag belongs. */
function mayBeOn(journal: Journal): readonly [Revision, ...Revision[]] {
  const { plan, written, tag: stage, gateways } = journal;
  const isMoved = tagRestore(written) !== undefined;
  if (isMoved && stage === 'done') return [plan.target];
  if (isMoved && stage === 'pending') return [plan.target, plan.source];
  // Under `relabel` it is all that is left to move then, and who cannot prove the source unused is told to move it by hand.
  const isNext = plan.strategy === 'relabel' && gateways === 'done' && nextBatch(journal) === undefined;
  return isMoved || isNext ? [plan.source, plan.target] : [plan.source];
}

/** Undefined where the tag is as this upgrade left it; `revision`: what it points to, undefined where it is gone. */
export function tagElsewhere(
  journal: Journal,
  revision: Revision | undefined,
  writer?: string,
): { readonly message: string; readonly remedy: string } | undefined {
  const { tag } = journal.plan;
  const ours = mayBeOn(journal);
  if (revision !== undefined && ours.includes(revision)) return undefined;
  return {
    message: `tag ${tag} points to ${revision ?? 'nothing'}, and belongs on ${ours.join(' or ')}: ${writer ?? 'somebody else'} changed it`,
    remedy: `See why${writer === undefined ? ', and who it was' : ''}; put it back with \`istioctl tag set ${tag} --revision ${ours.at(-1) ?? ''} --overwrite -y\`.`,
  };
}
