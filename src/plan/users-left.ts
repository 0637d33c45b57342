// Who will still use the source when everything has moved that a plan moves? Told before the upgrade begins: `complete` is refused
// for each of them.
import { askedByGateway, labelsIn, whatIsAsked, whatTemplateAsks } from '../mesh/asked-name.ts';
import { DEFAULT_TAG, REV } from '../mesh/names.ts';
import type { ApiGateway, MeshNamespace, MeshSnapshot, Workload, WorkloadRef } from '../mesh/snapshot.ts';
import { sourceUsers } from '../mesh/source-users.ts';
import { DEFAULT_VALIDATOR } from '../mesh/tags.ts';
import { isOfGateway } from './gateways.ts';
import { pinsWaiting } from './labels.ts';
import { isOutOfBatch } from './out-of-batch.ts';
import type { UpgradePlan } from './plan.ts';

/**
 * Everyone whom the plan leaves on the source, each as a sentence that is true once the rest has moved. Pods that no restart moves are
 * not among them: the guards name those, and they may be gone by then.
 */
export const usersLeft = (snapshot: MeshSnapshot, plan: UpgradePlan): readonly string[] =>
  sourceUsers(onceMoved(snapshot, plan), plan.source).map(({ sentence }) => sentence);

const MOST_SAID = 5;
/** The first of these sentences, and how many more there are. */
export const usersSaid = (users: readonly string[]): string =>
  `${users.slice(0, MOST_SAID).join('; ')}${users.length > MOST_SAID ? `; and ${String(users.length - MOST_SAID)} more` : ''}`;

/** The mesh as it asks once the tag and all that is planned have moved, with the pods of what stays. */
function onceMoved(snapshot: MeshSnapshot, plan: UpgradePlan): MeshSnapshot {
  const { tag, target } = plan;
  const namespaces = movedNamespaces(plan);
  const apiGateways = snapshot.apiGateways.filter((gateway) => !rolls(gateway, snapshot, plan, namespaces.byLabel));
  const stays = (workload: Workload): boolean =>
    workload.madeByGateway === undefined
      ? !isRestarted(workload, snapshot, plan, namespaces)
      : apiGateways.some(
          (gateway) => gateway.namespace === workload.ref.namespace && gateway.name === workload.madeByGateway,
        );
  const staying = new Set(snapshot.workloads.filter(stays).map(({ ref }) => key(ref)));
  const injector = snapshot.tags.find((candidate) => candidate.tag === tag)?.injector;
  return {
    ...snapshot,
    tags: snapshot.tags.map((other) => (other.tag === tag ? { ...other, revision: target } : other)),
    namespaces: snapshot.namespaces
      .filter(({ name }) => !namespaces.byLabel.has(name))
      .map((namespace) => pinned(namespace, plan)),
    workloads: snapshot.workloads.flatMap((workload) => {
      const followsTag = whatTemplateAsks(workload, plan, snapshot) === 'the-tag';
      if (staying.has(key(workload.ref))) return [followsTag ? { ...workload, requested: target } : workload];
      // No label of its own is written where its namespace's decides: it may go on naming the source.
      return namespaces.byLabel.has(workload.ref.namespace) ? [{ ...workload, requested: target }] : [];
    }),
    cronJobs: snapshot.cronJobs.map((job) =>
      namespaces.byLabel.has(job.ref.namespace) || whatTemplateAsks(job, plan, snapshot) === 'the-tag'
        ? { ...job, requested: target }
        : job,
    ),
    apiGateways,
    pods: snapshot.pods.filter(({ workload }) => workload !== undefined && staying.has(key(workload))),
    webhookTargets: snapshot.webhookTargets.filter(
      ({ configuration: { name } }) =>
        name !== injector && !(tag === DEFAULT_TAG && name.startsWith(DEFAULT_VALIDATOR)),
    ),
  };
}

interface Moved {
  readonly byLabel: ReadonlySet<string>;
  readonly byTemplate: ReadonlySet<string>;
}
function movedNamespaces({ batches, gatewayNamespaces }: UpgradePlan): Moved {
  const all = [...batches.flatMap(({ namespaces }) => namespaces), ...gatewayNamespaces];
  const names = (byTemplate: boolean): ReadonlySet<string> =>
    new Set(all.filter(({ move }) => (move === 'by-template') === byTemplate).map(({ name }) => name));
  return { byLabel: names(false), byTemplate: names(true) };
}

function isRestarted(workload: Workload, snapshot: MeshSnapshot, plan: UpgradePlan, moved: Moved): boolean {
  const { namespace } = workload.ref;
  if (moved.byLabel.has(namespace) || plan.gateways.some((gateway) => isOfGateway(gateway, workload))) return true;
  return moved.byTemplate.has(namespace) && !isOutOfBatch(plan, snapshot, workload);
}

/** Also one that was not chosen, where the tag or its namespace's label takes it along. */
function rolls(
  gateway: ApiGateway,
  { namespaces, tags }: MeshSnapshot,
  plan: UpgradePlan,
  byLabel: Moved['byLabel'],
): boolean {
  const { namespace, name, revLabel } = gateway;
  const asked = askedByGateway(labelsIn(namespaces, namespace), gateway);
  return (
    whatIsAsked(asked, plan, tags) === 'the-tag' ||
    (revLabel === undefined && byLabel.has(namespace)) ||
    plan.gateways.some((other) => other.kind === 'gateway-api' && other.namespace === namespace && other.name === name)
  );
}

/** Excluded, it is held on the source for good. */
function pinned(namespace: MeshNamespace, plan: UpgradePlan): MeshNamespace {
  const isPinned = plan.excluded.some(({ name, move }) => name === namespace.name && move === 'follows-tag');
  if (!isPinned || !pinsWaiting(plan)) return namespace;
  return { ...namespace, labels: { [REV]: plan.source }, request: { kind: 'rev-label', value: plan.source } };
}

const key = ({ kind, namespace, name }: WorkloadRef): string => `${kind} ${namespace}/${name}`;
