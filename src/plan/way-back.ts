// Is there anything to go back to? A rollback is refused where pods restarted for the source would come back without a sidecar.
import type { Finding } from '../mesh/finding.ts';
import { isServedElsewhere } from '../mesh/served.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';

/** Empty as long as the source can inject; a removal takes its injector first, so from then on the way leads forward only. */
export function wayBackFindings(
  { controlPlanes }: Pick<MeshSnapshot, 'controlPlanes'>,
  journal: Pick<Journal, 'plan' | 'complete' | 'rollbackRestartedAt'>,
): readonly Finding[] {
  const { plan, complete } = journal;
  const source = controlPlanes.find(({ revision }) => revision === plan.source);
  const removing = complete === 'begun';
  if (source !== undefined && (!removing || isServedElsewhere(source) || source.deployments.length > 0)) return [];
  return [
    {
      id: 'source-gone',
      severity: 'blocks',
      subject: `istiod ${plan.source}`,
      message: `${removing ? `the removal of ${plan.source} has begun` : `${plan.source} has no injector any more`}, so there is nothing to go back to`,
      remedy: leadsForward(journal)
        ? `Run \`complete\` again: it finishes the removal. ${afterTheEnd({ ...plan, removeSource: 'auto' })}`
        : `Install istiod ${plan.source} again, then run \`rollback\` again.`,
    },
  ];
}

/** The removal has begun, and no rollback has put anything back since. */
const leadsForward = ({ complete, rollbackRestartedAt }: Pick<Journal, 'complete' | 'rollbackRestartedAt'>): boolean =>
  complete === 'begun' && rollbackRestartedAt === undefined;

/**
 * The journal for `complete`: a rollback that was decided when the removal had begun, and has put nothing back, is given up once there is
 * nothing to go back to. Else each of the two commands would ask for the other.
 */
export function goingForward(journal: Journal, snapshot: Pick<MeshSnapshot, 'controlPlanes'>): Journal {
  const { decision: _decision, ...rest } = journal;
  return journal.state === 'rolling-back' && leadsForward(journal) && wayBackFindings(snapshot, journal).length > 0
    ? { ...rest, state: 'held' }
    : journal;
}

/** How to go back once the upgrade is over. As an upgrade only within a minor version: an older one is no target (mesh/version.ts). */
export function afterTheEnd({
  source,
  target,
  tag,
  removeSource,
}: Pick<UpgradePlan, 'source' | 'target' | 'tag' | 'removeSource'>): string {
  return [
    `To go back${removeSource === 'keep' ? '' : `, install ${source} again, then`} run an upgrade whose target-revision is ${source} if it is of the same minor version as ${target}.`,
    `Else by hand: \`istioctl tag set ${tag} --revision ${source} --overwrite -y\`, istio.io/rev=${source} instead of ${target} where a label names it, and \`kubectl -n NAMESPACE rollout restart deployment,statefulset,daemonset\`.`,
  ].join(' ');
}
