// What is known of an upgrade whose journal is gone? A word that is kept beside the lease, and what the cluster itself shows.
// Names both and guesses nothing: values that were there before are not made up.
import type { Finding } from '../mesh/finding.ts';
import { INJECTION, REV } from '../mesh/names.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { UpgradePlan } from './plan.ts';

export interface UpgradeMark extends Readonly<Record<'source' | 'target' | 'tag', string>> {
  /** ISO 8601, UTC. */
  readonly begun: string;
}

export const markOf = ({ source, target, tag }: UpgradePlan, begun: string): UpgradeMark => ({
  source,
  target,
  tag,
  begun,
});

/** One finding that stops (it can be accepted where a new plan is made), and what the cluster shows as notices. */
export function journalLost(
  mark: UpgradeMark,
  snapshot: MeshSnapshot,
  severity: 'blocks' | 'overridable',
): readonly Finding[] {
  const { source, target, tag, begun } = mark;
  const tagged = snapshot.tags.find((each) => each.tag === tag)?.revision;
  return [
    {
      id: 'journal-lost',
      severity,
      subject: 'ConfigMap istio-canary-upgrade',
      message: `an upgrade ${source} → ${target} is under way since ${begun}, and its journal is gone: what it changed, and what was there before, is not known any more`,
      remedy: [
        'Restore the ConfigMap istio-canary-upgrade from a backup if there is one. Else,',
        `to go forward: run \`plan\` and then \`start\` with source-revision: ${source} and accept: journal-lost.`,
        `To go back by hand: \`istioctl tag set ${tag} --revision ${source} --overwrite -y\`, put back the labels of the namespaces that are named, and \`kubectl -n NAMESPACE rollout restart deployment,statefulset,daemonset\` in each; then delete the Lease istio-canary-upgrade.`,
      ].join(' '),
    },
    shown(`tag ${tag}`, `tag ${tag} points to ${tagged ?? 'nothing'}`),
    ...namespacesShown(snapshot, target),
  ];
}

/** Namespaces with pods of the target or of several revisions, with their labels. */
function namespacesShown(snapshot: MeshSnapshot, target: string): readonly Finding[] {
  return snapshot.namespaces.flatMap(({ name, labels }) => {
    const pods = snapshot.pods.filter((pod) => pod.namespace === name && pod.injected !== undefined && !pod.finished);
    const counts = new Map<string, number>();
    for (const { injected = '' } of pods) counts.set(injected, (counts.get(injected) ?? 0) + 1);
    if (!counts.has(target) && counts.size < 2) return [];
    const by = [...counts].toSorted(([a], [b]) => a.localeCompare(b)).map(([rev, many]) => `${String(many)} on ${rev}`);
    const asked = [INJECTION, REV].flatMap((key) => (labels[key] === undefined ? [] : [`${key}=${labels[key]}`]));
    const label = asked.length === 0 ? 'no injection label' : asked.join(', ');
    return [shown(`namespace ${name}`, `namespace ${name}: ${label}; pods ${by.join(', ')}`)];
  });
}

const shown = (subject: string, message: string): Finding => ({
  id: 'cluster-shows',
  severity: 'notice',
  subject,
  message,
  remedy: 'Nothing needs to be done for this alone.',
});
