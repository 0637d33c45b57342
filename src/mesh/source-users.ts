// Who still uses a revision? Phase 8's proof, from a snapshot: an empty list is what allows its removal. What only the running istiod
// knows (connected proxies) is read from its metrics by connectedProxies.
import { nameOf } from './kinds.ts';
import { DEFAULT_TAG, REV, type Revision } from './names.ts';
import type { CronJob, MeshNamespace, MeshPod, MeshSnapshot, Workload, WorkloadRef } from './snapshot.ts';
import { calledBy } from './webhooks.ts';

export interface SourceUser {
  readonly kind: 'pods' | 'namespace' | 'pod-template' | 'gateway' | 'tag' | 'config' | 'webhook';
  /** The object, as people name it. */
  readonly object: string;
  /** What it does with the revision; a sentence that begins with the object. */
  readonly sentence: string;
}

/**
 * Everything in the snapshot that runs on the revision, names it (itself or by a tag that points to it), or calls its Service. What
 * belongs to the revision and goes away with it is no user.
 */
export function sourceUsers(snapshot: MeshSnapshot, revision: Revision): readonly SourceUser[] {
  const names = namesOf(snapshot, revision);
  const namespaces = snapshot.namespaces.flatMap((namespace) => byNamespace(namespace, names));
  const covered = new Set(namespaces.map(({ object }) => object));
  return [
    ...byTags(snapshot, revision),
    ...namespaces,
    ...[...snapshot.workloads, ...snapshot.cronJobs]
      .filter(({ ref }) => !covered.has(`namespace ${ref.namespace}`))
      .filter((each) => !isIstiod(each, snapshot))
      .flatMap((each) => byTemplate(each, revision, names)),
    ...byGateways(snapshot, revision, names),
    ...byPods(snapshot.pods, revision),
    ...byConfig(snapshot, revision),
    ...byWebhooks(snapshot, revision),
  ];
}

/** The label values that lead to the revision, each with how. */
type Names = ReadonlyMap<string, string>;

/** A tag takes its name away from a revision that is called the same: `default`, for an istiod without a revision. */
function namesOf({ tags }: MeshSnapshot, revision: Revision): Names {
  const names = new Map<string, string>();
  if (!tags.some(({ tag }) => String(tag) === revision)) names.set(revision, `revision ${revision}`);
  for (const { tag, revision: to } of tags)
    if (to === revision) names.set(tag, `tag ${tag}, which points to ${revision}`);
  return names;
}

function byTags({ tags }: MeshSnapshot, revision: Revision): readonly SourceUser[] {
  return tags.flatMap(({ tag, revision: to, clientConfig }): readonly SourceUser[] => {
    const object = `tag ${tag}`;
    if (to !== revision) return [];
    return [{ kind: 'tag', object, sentence: `${object} points to ${revision} (${calledBy(clientConfig)})` }];
  });
}

function byNamespace(namespace: MeshNamespace, names: Names): readonly SourceUser[] {
  const { request, terminating, name } = namespace;
  if (terminating) return [];
  const object = `namespace ${name}`;
  const follows = names.get(DEFAULT_TAG);
  const named = namespace.labels[REV] === undefined ? undefined : names.get(namespace.labels[REV]);
  if (follows !== undefined && (request.kind === 'follows-default' || request.kind === 'both-labels'))
    return [
      {
        kind: 'namespace',
        object,
        sentence: `${object} is labelled istio-injection=enabled and so follows ${follows}`,
      },
    ];
  if (named === undefined) return [];
  return [
    { kind: 'namespace', object, sentence: `${object} is labelled ${REV}=${namespace.labels[REV] ?? ''}: ${named}` },
  ];
}

type Templated = Workload | CronJob;

/** Its own Deployment carries the revision too. */
const isIstiod = ({ ref, templateLabels }: Templated, { istioNamespace }: MeshSnapshot): boolean =>
  ref.namespace === istioNamespace && templateLabels['app'] === 'istiod';

/** A label that the namespace outranks still names the revision: it would ask for nobody once it is gone. */
function byTemplate(
  { ref, templateLabels, requested }: Templated,
  revision: Revision,
  names: Names,
): readonly SourceUser[] {
  const object = `${ref.kind} ${ref.namespace}/${ref.name}`;
  const value = templateLabels[REV];
  const named = value === undefined ? undefined : names.get(value);
  const remedy = ref.kind === 'CronJob' ? '; no batch moves that: change it in its jobTemplate' : '';
  if (named !== undefined)
    return [
      {
        kind: 'pod-template',
        object,
        sentence: `${object} has the pod label ${REV}=${value ?? ''}: ${named}${remedy}`,
      },
    ];
  if (requested !== revision) return [];
  return [{ kind: 'pod-template', object, sentence: `${object} asks for ${names.get(DEFAULT_TAG) ?? revision}` }];
}

function byGateways({ apiGateways }: MeshSnapshot, revision: Revision, names: Names): readonly SourceUser[] {
  return apiGateways.flatMap((gateway): readonly SourceUser[] => {
    const object = `Gateway ${gateway.namespace}/${gateway.name}`;
    const named = gateway.revLabel === undefined ? undefined : names.get(gateway.revLabel);
    if (named !== undefined)
      return [
        { kind: 'gateway', object, sentence: `${object} is labelled ${REV}=${gateway.revLabel ?? ''}: ${named}` },
      ];
    if (!gateway.managed || gateway.requested !== revision) return [];
    return [{ kind: 'gateway', object, sentence: `${object} is deployed by ${revision}` }];
  });
}

/** Pods that are done or dying are not counted; those dying are still connected, and that is asked of istiod. */
function byPods(pods: readonly MeshPod[], revision: Revision): readonly SourceUser[] {
  const running = pods.filter(({ injected, finished }) => injected === revision && !finished);
  return [...Map.groupBy(running, ownerName)].map(([object, group]) => {
    const [first] = group;
    const which = group.length === 1 ? `pod ${first?.name ?? ''} runs` : `${group.length} pods run`;
    return { kind: 'pods', object, sentence: `${object}: ${which} the proxy of ${revision}` };
  });
}
function ownerName({ namespace, name, ownerKind, workload }: MeshPod): string {
  if (workload !== undefined) return refName(workload);
  return ownerKind === 'none' ? `Pod ${namespace}/${name}` : `pods of kind ${ownerKind} in namespace ${namespace}`;
}
const refName = ({ kind, namespace, name }: WorkloadRef): string => `${kind} ${namespace}/${name}`;

/** Here the revision's own name counts, never a tag (istio/istio 1.31 pkg/config/model.go, LabelsInRevision). */
function byConfig({ pinnedConfig }: MeshSnapshot, revision: Revision): readonly SourceUser[] {
  return pinnedConfig
    .filter(({ value }) => value === revision)
    .map(({ ref }) => {
      const object = nameOf(ref);
      return { kind: 'config', object, sentence: `${object} is labelled ${REV}=${revision}, and nobody else reads it` };
    });
}

function byWebhooks({ webhookTargets, controlPlanes, tags }: MeshSnapshot, revision: Revision): readonly SourceUser[] {
  const plane = controlPlanes.find((candidate) => candidate.revision === revision);
  // Also by the name the charts give it: a webhook may outlive the injector that would tell the Service's name.
  const usual = revision === 'default' ? 'istiod' : `istiod-${revision}`;
  const services = new Set([usual, plane?.service, plane?.clientConfig?.service?.name]);
  const ofItsTags = new Set(tags.filter((tag) => tag.revision === revision).map(({ injector }) => injector));
  return webhookTargets
    .filter(({ service, ownedBy }) => services.has(service) && ownedBy !== revision)
    .filter(({ configuration }) => !ofItsTags.has(configuration.name))
    .map(({ configuration, namespace, service }) => {
      const object = nameOf(configuration);
      return { kind: 'webhook', object, sentence: `${object} calls Service ${namespace}/${service}` };
    });
}
