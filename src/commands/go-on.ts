// What speaks against going on with an upgrade that has begun? What others changed, other inputs, and istiods that are not there.
// Asked before its next write, and by `plan` where one batch was taken back.
import type { Config } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { asRevision } from '../mesh/names.ts';
import { isServed } from '../mesh/served.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { readMesh } from '../phases/discover.ts';
import { frozenDrift } from '../plan/frozen-drift.ts';
import type { Journal } from '../plan/journal.ts';
import { meshDrift } from '../plan/mesh-drift.ts';
import type { Planned } from './make-plan.ts';
import type { Run } from './run.ts';

export const goOnFindings = ({ config }: Run, journal: Journal, snapshot: MeshSnapshot): readonly Finding[] => [
  ...otherCluster(journal, snapshot),
  ...frozenDrift(config, journal.plan),
  ...meshDrift(journal, snapshot),
  ...planesFindings(journal, snapshot),
];

/** To leave the source in place is less than what was approved: that may be asked for as long as its removal has not begun. */
export const keptIfAsked = (journal: Journal, { frozen, frozenSet }: Config): Journal =>
  frozenSet.includes('remove-source') && frozen.removeSource === 'keep' && journal.complete === 'pending'
    ? { ...journal, plan: { ...journal.plan, removeSource: 'keep' } }
    : journal;

/** The journal's own plan: what has passed under it is on the target, so another one could not be made of this mesh. */
export async function planLeft(run: Run, journal: Journal): Promise<Planned> {
  const { plan } = journal;
  const snapshot = await readMesh(run.world.cluster, plan.istioNamespace);
  return { snapshot, plan, findings: goOnFindings(run, journal, snapshot), alreadyThere: false };
}

export function otherCluster({ plan }: Journal, { clusterUid }: MeshSnapshot): readonly Finding[] {
  if (clusterUid === plan.clusterUid) return [];
  return [
    {
      id: 'other-cluster',
      severity: 'blocks',
      subject: 'journal',
      message: 'the journal was written for another cluster',
      remedy:
        'Check the kubeconfig; if this cluster was restored from a copy, delete the ConfigMap istio-canary-upgrade.',
    },
  ];
}

/** A rollback must have somewhere to go, and a batch somewhere to move to. */
export function planesFindings(
  { plan, complete, install, batches }: Journal,
  { controlPlanes }: MeshSnapshot,
): readonly Finding[] {
  const available = (revision: string): boolean =>
    controlPlanes.some((plane) => plane.revision === asRevision(revision) && isServed(plane));
  // Its owner has taken it away, as `complete` may have asked: what is left for `complete` is to see that.
  const isTakenAway =
    batches.every(({ status }) => status === 'passed') &&
    !controlPlanes.some(({ revision }) => revision === plan.source);
  return [
    ...(complete === 'pending' && !isTakenAway && !available(plan.source)
      ? [unavailableFinding('source-unavailable', plan.source)]
      : []),
    ...(install === 'done' && !available(plan.target) ? [unavailableFinding('target-unavailable', plan.target)] : []),
  ];
}

const unavailableFinding = (id: string, revision: string): Finding => ({
  id,
  severity: 'blocks',
  subject: `istiod ${revision}`,
  message: `istiod ${revision} has no available replica`,
  remedy: `Bring istiod ${revision} back, then run the same command again.`,
});
