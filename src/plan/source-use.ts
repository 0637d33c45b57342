// What keeps the source from being removed, of which kind is it, and what can be done about each?
import type { UpgradePlan } from './plan.ts';

type Plan = Pick<UpgradePlan, 'strategy' | 'source' | 'target' | 'tag'>;

/** One who uses it, or may: `draining` pods end by themselves; `unreachable` is an istiod that nobody can ask. */
export interface SourceUse {
  readonly kind: 'in-use' | 'unreachable' | 'draining';
  readonly sentence: string;
}

interface Told {
  readonly id: string;
  /** What to do, as a clause; `complete` comes after it. */
  readonly remedy: (plan: Plan) => string;
}

export const REACH_ISTIOD =
  "Let the API server reach port 15014 of istiod's pods (a firewall between control plane and nodes may close it)";
/**
 * istioctl forwards ports through the kubelet, and asks its own revision alone. Under
 * `relabel` the tag moves last: with its istiod gone, what follows it would get no pods.
 */
export const removeByHand = ({ strategy, source, target, tag }: Plan): string => {
  const first =
    strategy === 'relabel' ? `\`istioctl tag set ${tag} --revision ${target} --overwrite\` has moved the tag and ` : '';
  return `once ${first}\`istioctl proxy-status --revision ${source}\` shows that no proxy is connected to it, remove it by hand, webhooks first`;
};

/** The first of these kinds that there is says how the command ended. */
export const SOURCE_USES: Readonly<Record<SourceUse['kind'], Told>> = {
  'in-use': { id: 'source-in-use', remedy: () => 'Move it to another revision' },
  unreachable: { id: 'istiod-unreachable', remedy: (plan) => `${REACH_ISTIOD}, or, ${removeByHand(plan)}` },
  draining: { id: 'source-draining', remedy: () => 'Wait until these pods have ended' },
};

/** So many users of the source get a line of their own; all are among the findings. */
const MOST_USERS = 5;

/** A sentence for each of the first users, and one for the rest. */
export function whyItStays(source: string, uses: readonly SourceUse[]): string[] {
  const more = uses.length - MOST_USERS;
  return [
    ...uses
      .slice(0, MOST_USERS)
      .map(
        ({ kind, sentence }) =>
          `${source} stays, it is ${kind === 'unreachable' ? 'not known to be unused' : 'still in use'}: ${sentence}`,
      ),
    ...(more > 0 ? [`${source} stays, it is still in use by ${String(more)} more: all are in the report`] : []),
  ];
}
