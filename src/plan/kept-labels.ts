// Which labels keep the target's name when an upgrade by `relabel` is over? A namespace gets its own back without a restart;
// a pod template or a Gateway would roll once more.
import { REV } from '../mesh/names.ts';
import type { Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';
import { labelRestores } from './restore.ts';

/** Whether a label found as `from` is left on the target though it asked for something else: like for like is no change. */
export const isKept = ({ strategy, source }: Pick<UpgradePlan, 'strategy' | 'source'>, from: string | null): boolean =>
  strategy === 'relabel' && from !== source;

/** A sentence for each, in the order in which they were written. */
export function keptLabels({ plan, written }: Pick<Journal, 'plan' | 'written'>): readonly string[] {
  return labelRestores(written)
    .toReversed()
    .flatMap(({ object, labels }) => {
      const rev = labels.find(({ key }) => key === REV);
      if (object.kind === 'Namespace' || rev === undefined || !isKept(plan, rev.original)) return [];
      const was = rev.original === null ? 'it had none' : `it was ${rev.original}`;
      return [
        `${object.kind} ${object.namespace ?? ''}/${object.name}: keeps ${REV}=${plan.target} (${was}): putting that back would roll it once more`,
      ];
    });
}
