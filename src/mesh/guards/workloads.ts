// Which workloads and pods will a rolling restart not move, and which can't take the label that would move them?
import { whatTemplateAsks } from '../asked-name.ts';
import type { Finding } from '../finding.ts';
import { requestedRevision } from '../injection.ts';
import { REV } from '../names.ts';
import type { Immovable, MeshPod, Workload } from '../snapshot.ts';
import { type Concern, counted, usesSource, workloadName } from './concern.ts';
import { isLeftOut } from './gateways.ts';

export function workloadFindings(concern: Concern): readonly Finding[] {
  return [...revisionInSelector(concern), ...notRestarted(concern), ...loosePods(concern), ...strays(concern)];
}

/** A selector can't be changed, and a template whose labels leave it is refused by the API server (istio#33237, #49989). */
function revisionInSelector(concern: Concern): readonly Finding[] {
  const { snapshot, frozen, source, namespaceNamed, inScope } = concern;
  return snapshot.workloads
    .filter(({ selectorLabels, requested }) => selectorLabels[REV] !== undefined && requested === source)
    .filter((workload) => {
      const { ref, gateway } = workload;
      const namespace = namespaceNamed(ref.namespace);
      if (namespace?.request.kind !== 'unlabelled') return false;
      const moves = gateway === 'not-a-gateway' ? inScope(namespace) : !isLeftOut(ref, concern);
      const asked = whatTemplateAsks(workload, { tag: frozen.tag, source }, snapshot);
      return moves && (asked === 'the-source' || (frozen.strategy === 'relabel' && asked === 'the-tag'));
    })
    .map(({ ref, selectorLabels }) => ({
      id: 'revision-in-selector',
      severity: 'blocks',
      subject: workloadName(ref),
      message: `its pod template's label istio.io/rev has to change, but its selector contains istio.io/rev=${selectorLabels[REV] ?? ''}, and a selector can't be changed.`,
      remedy: `Recreate it without istio.io/rev in \`spec.selector.matchLabels\`, or put namespace ${ref.namespace} into \`exclude-namespaces\`.`,
    }));
}

const WHY: Readonly<Record<Exclude<Immovable, 'none'>, { readonly message: string; readonly remedy: string }>> = {
  paused: {
    message: 'its rollout is paused, so a restart changes nothing until it is resumed.',
    remedy: 'Resume it (`kubectl rollout resume`) before its batch, or restart it yourself afterwards.',
  },
  'on-delete': {
    message: 'its update strategy is OnDelete, so its pods keep the old proxy until somebody deletes them.',
    remedy: 'Delete its pods yourself after its batch.',
  },
  partition: {
    message: 'its update strategy has a partition, so the pods below it keep the old proxy.',
    remedy: 'Take the partition away before its batch, or afterwards and restart it yourself.',
  },
  'host-network': {
    message: 'its pods use the host network, and Istio never injects those.',
    remedy: 'Nothing: it has no proxy to upgrade.',
  },
  'scaled-to-zero': {
    message: 'it is scaled to zero; the pods it gets later follow the labels as they are then.',
    remedy: 'Nothing.',
  },
  'unavailable-before': {
    message:
      'not all of its pods are available now, so it is named and not restarted: what was broken before is not ours to judge.',
    remedy: 'Repair it before its batch, or restart it yourself afterwards.',
  },
};

function notRestarted(concern: Concern): readonly Finding[] {
  return concern.snapshot.workloads
    .filter(({ gateway }) => gateway !== 'gateway-api' && gateway !== 'fixed-image')
    .flatMap((workload): readonly Finding[] => {
      const { immovable, ref } = workload;
      if (immovable === 'none' || !isMeant(workload, concern)) return [];
      return [{ id: `workload-${immovable}`, severity: 'notice', subject: workloadName(ref), ...WHY[immovable] }];
    });
}

/** The host network hides a request that the labels do make. */
function isMeant(workload: Workload, concern: Concern): boolean {
  if (workload.immovable !== 'host-network') return usesSource(workload, concern);
  const labels = concern.namespaceNamed(workload.ref.namespace)?.labels ?? {};
  return requestedRevision(labels, workload.templateLabels, concern.resolve) === concern.source;
}

/** Of Jobs, of foreign controllers, or bare: nobody recreates them because a template has changed. */
function loosePods({ snapshot, source }: Concern): readonly Finding[] {
  const known = new Set(snapshot.workloads.map(({ ref }) => workloadName(ref)));
  const loose = snapshot.pods.filter(
    ({ injected, finished, workload }) =>
      injected === source && !finished && (workload === undefined || !known.has(workloadName(workload))),
  );
  return [...Map.groupBy(loose, ({ namespace, ownerKind }) => `${namespace} ${ownerKind}`).values()].flatMap(
    ofOneOwner,
  );
}

function ofOneOwner(pods: readonly MeshPod[]): readonly Finding[] {
  const [first] = pods;
  if (first === undefined) return [];
  const { namespace, ownerKind } = first;
  const names = pods.slice(0, 5).map(({ name }) => name);
  const more = pods.length > names.length ? ` and ${pods.length - names.length} more` : '';
  const isBare = ownerKind === 'none';
  return [
    {
      id: 'pods-not-restarted',
      severity: 'notice',
      subject: isBare ? `bare pods in ${namespace}` : `pods of kind ${ownerKind} in ${namespace}`,
      message: `${counted(pods.length, 'pod')} with the source's proxy will not be restarted: ${names.join(', ')}${more}.`,
      remedy: `${isBare ? 'Recreate them' : ownerKind === 'Job' ? 'Let them finish' : `Restart them by their ${ownerKind}'s own means`} after their batch; \`complete\` waits for none of them to be left.`,
    },
  ];
}

/** On the source, while their workload's next pods would not be: no batch of ours looks after them. */
function strays(concern: Concern): readonly Finding[] {
  const { snapshot, source, podsOnSource } = concern;
  return snapshot.workloads
    .filter(({ gateway, requested }) => gateway !== 'gateway-api' && gateway !== 'fixed-image' && requested !== source)
    .flatMap(({ ref, requested }): readonly Finding[] => {
      const pods = podsOnSource(ref).length;
      if (pods === 0) return [];
      return [
        {
          id: 'pods-left-on-source',
          severity: 'notice',
          subject: workloadName(ref),
          message: `${counted(pods, 'pod')} run the source's proxy, but its labels ask for ${requested ?? 'no injection'} now, so no batch moves it.`,
          remedy: 'Restart it yourself before `complete`.',
        },
      ];
    });
}
