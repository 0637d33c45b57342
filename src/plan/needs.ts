// Which permissions does each command use? One table: preflight asks by it, the documented roles are made from it, and an
// audit of whole upgrades is held against it. What istioctl and helm ask for by themselves is not in it.
import type { Command, FrozenConfig } from '../config/config.ts';
import type { Kind, KubeObject } from '../mesh/kinds.ts';
import { OURSELVES } from '../mesh/names.ts';
import { REVISION_KINDS, revisionKindOf } from '../mesh/revision-kinds.ts';
import { assertNever } from '../shared/assert-never.ts';

export interface Need {
  /** Empty for the core group. */
  readonly group: string;
  /** As a role writes it, with its subresource (`pods/proxy`); `*` for every resource of the group. */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only in this namespace; absent: everywhere. */
  readonly namespace?: string;
  /** Only the object of this name. */
  readonly name?: string;
  /** What for, as the end of a sentence. */
  readonly why: string;
}
/** What a command's needs depend on beside the command. */
export interface NeedsScope {
  readonly istioNamespace: string;
  readonly removeSource: FrozenConfig['removeSource'];
  /** Where Prometheus is reached through the API server: its Service, with the port (`prometheus-server:80`). */
  readonly prometheus?: { readonly namespace: string; readonly service: string };
}

const CORE = '';
const APPS = 'apps';
const ADMISSION = 'admissionregistration.k8s.io';
const GATEWAY_API = 'gateway.networking.k8s.io';
/** Groups of the config objects that may be labelled with a revision. */
const CONFIG_GROUPS = [
  'networking.istio.io',
  'security.istio.io',
  'telemetry.istio.io',
  'extensions.istio.io',
  GATEWAY_API,
];

/** What a command must read before it can decide anything. */
export function needsToLook(command: Command, { istioNamespace }: NeedsScope): readonly Need[] {
  const why = 'to read the mesh';
  const list = (group: string, ...resources: readonly string[]): readonly Need[] =>
    resources.map((resource) => ({ group, resource, verbs: ['list'], why }));
  return [
    ...list(CORE, 'namespaces', 'pods'),
    ...list(APPS, 'deployments', 'statefulsets', 'daemonsets'),
    ...list('batch', 'cronjobs'),
    ...list(ADMISSION, 'mutatingwebhookconfigurations', 'validatingwebhookconfigurations'),
    ...list('apiextensions.k8s.io', 'customresourcedefinitions'),
    ...list(GATEWAY_API, 'gateways', 'gatewayclasses'),
    ...CONFIG_GROUPS.flatMap((group) => list(group, '*')),
    { group: CORE, resource: 'services', verbs: ['list'], namespace: istioNamespace, why },
    ...journalNeeds(istioNamespace, ['get'], 'to read the journal and the lease'),
    ...(MAKES_A_PLAN.has(command) ? planNeeds(istioNamespace) : []),
  ];
}

const MAKES_A_PLAN: ReadonlySet<Command> = new Set(['plan', 'start', 'upgrade']);

/** Not by name: which ConfigMaps istiod reads depends on revisions, and on istiod. */
function planNeeds(namespace: string): readonly Need[] {
  return [
    {
      group: CORE,
      resource: 'configmaps',
      verbs: ['get'],
      namespace,
      why: "to read in istiod's mesh configuration which namespaces it discovers",
    },
    {
      group: CORE,
      resource: 'services',
      verbs: ['list'],
      why: 'to see which Services select pods by a label that has to change',
    },
  ];
}

/** What a command must be allowed beyond that. */
export function needsToAct(command: Command, scope: NeedsScope): readonly Need[] {
  const back = [...stateNeeds(scope), ...moveNeeds(scope)];
  switch (command) {
    case 'status':
    case 'plan':
      return prometheusNeeds(scope);
    case 'rollback':
    case 'promote':
      return [...prometheusNeeds(scope), ...back];
    case 'start':
      return [...prometheusNeeds(scope), ...back, ...verifyNeeds(scope)];
    case 'complete':
      return [...prometheusNeeds(scope), ...back, ...removeNeeds(scope)];
    case 'upgrade':
      return [...prometheusNeeds(scope), ...back, ...verifyNeeds(scope), ...removeNeeds(scope)];
    default:
      return assertNever(command);
  }
}

/** Asked before all others, and done without where it is denied: a role has it, and no command is refused for want of it. */
const TO_TELL_CLUSTERS: Need = {
  group: CORE,
  resource: 'namespaces',
  verbs: ['get'],
  name: 'kube-system',
  why: 'for `expect-cluster` by UID',
};

/** Everything `command` may ask of the API server. */
export const needsOf = (command: Command, scope: NeedsScope): readonly Need[] => [
  ...needsToLook(command, scope),
  TO_TELL_CLUSTERS,
  ...needsToAct(command, scope),
];

/** What it takes to write these objects of a control plane, one need a kind and namespace. What istioctl and helm ask for besides is theirs. */
export function needsToInstall(objects: readonly KubeObject[], verbs: readonly string[]): readonly Need[] {
  const needs = objects.flatMap((object): readonly Need[] => {
    const kind = revisionKindOf(object);
    if (kind === undefined) return [];
    const { namespace } = object.metadata;
    const why = 'to install the target istiod';
    return [
      { group: groupOf(kind), resource: kind.plural, verbs, ...(namespace === undefined ? {} : { namespace }), why },
    ];
  });
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

/** Whether whoever may do what `wide` says may do what `narrow` says. */
export const covers = (wide: Need, narrow: Need): boolean =>
  wide.group === narrow.group &&
  (wide.resource === '*' || wide.resource === narrow.resource) &&
  (wide.namespace === undefined || wide.namespace === narrow.namespace) &&
  (wide.name === undefined || wide.name === narrow.name) &&
  narrow.verbs.every((verb) => wide.verbs.includes(verb));

/** A creation cannot be confined to a name. */
function journalNeeds(namespace: string, verbs: readonly string[], why: string): readonly Need[] {
  return [
    { group: CORE, resource: 'configmaps', verbs, namespace, name: OURSELVES, why },
    { group: 'coordination.k8s.io', resource: 'leases', verbs, namespace, name: OURSELVES, why },
  ];
}

function stateNeeds({ istioNamespace: namespace }: NeedsScope): readonly Need[] {
  const why = 'to write the journal and the lease';
  return [
    ...journalNeeds(namespace, ['patch'], why),
    { group: CORE, resource: 'configmaps', verbs: ['create'], namespace, why },
    { group: 'coordination.k8s.io', resource: 'leases', verbs: ['create'], namespace, why },
  ];
}

/** Forward and back ask for the same: every command that moves anything may have to finish a rollback first. */
function moveNeeds({ istioNamespace: namespace }: NeedsScope): readonly Need[] {
  const tag = 'to move the tag, and to read it again where somebody else wrote it meanwhile';
  const label = 'to label what moves';
  const restart = 'to restart workloads, to follow them, and to see whether their labels stay';
  return [
    { group: ADMISSION, resource: 'mutatingwebhookconfigurations', verbs: ['get', 'update'], why: tag },
    { group: ADMISSION, resource: 'validatingwebhookconfigurations', verbs: ['get', 'update'], why: tag },
    { group: CORE, resource: 'services', verbs: ['get', 'update'], namespace, why: tag },
    { group: CORE, resource: 'namespaces', verbs: ['get', 'patch'], why: label },
    { group: GATEWAY_API, resource: 'gateways', verbs: ['get', 'patch'], why: label },
    { group: APPS, resource: 'deployments', verbs: ['get', 'patch', 'watch'], why: restart },
    { group: APPS, resource: 'statefulsets', verbs: ['get', 'patch', 'watch'], why: restart },
    { group: APPS, resource: 'daemonsets', verbs: ['get', 'patch', 'watch'], why: restart },
    { group: CORE, resource: 'pods', verbs: ['watch'], why: restart },
    { group: CORE, resource: 'events', verbs: ['list'], why: 'to say why pods are not created, or not started' },
    {
      group: CORE,
      resource: 'pods',
      verbs: ['delete'],
      why: 'to roll back StatefulSets, which wait for a pod that never gets ready',
    },
  ];
}

function verifyNeeds({ istioNamespace: namespace }: NeedsScope): readonly Need[] {
  return [
    {
      group: 'discovery.k8s.io',
      resource: 'endpointslices',
      verbs: ['list'],
      namespace,
      why: 'to see that the target istiod answers',
    },
    {
      group: CORE,
      resource: 'pods',
      verbs: ['create'],
      namespace,
      why: 'to prove by a dry run that the target istiod injects; no pod is created',
    },
  ];
}

function removeNeeds({ istioNamespace, removeSource }: NeedsScope): readonly Need[] {
  if (removeSource === 'keep') return [];
  const proof: Need = {
    group: CORE,
    resource: 'pods/proxy',
    verbs: ['get'],
    namespace: istioNamespace,
    why: 'to ask the source istiod how many proxies are connected to it',
  };
  const verify = removeSource === 'verify';
  const why = verify ? 'to see the source istiod gone' : 'to remove the source istiod, and to see it gone';
  const writable = "to prove by a dry run that Istio's config objects can still be written; none is created";
  return [
    proof,
    ...REVISION_KINDS.map((kind) =>
      ofRevision(kind, istioNamespace, verify ? ['list'] : ['get', 'list', 'delete'], why),
    ),
    {
      group: 'coordination.k8s.io',
      resource: 'leases',
      verbs: ['get', 'list', 'delete'],
      namespace: istioNamespace,
      why,
    },
    ...(verify
      ? [
          {
            group: CORE,
            resource: 'configmaps',
            verbs: ['get'],
            namespace: istioNamespace,
            name: 'istio-ca-root-cert',
            why,
          },
        ]
      : []),
    {
      group: 'networking.istio.io',
      resource: 'virtualservices',
      verbs: ['create'],
      namespace: istioNamespace,
      why: writable,
    },
  ];
}

const ofRevision = (kind: Kind<KubeObject>, istioNamespace: string, verbs: readonly string[], why: string): Need => ({
  group: groupOf(kind),
  resource: kind.plural,
  verbs,
  ...(kind.namespaced ? { namespace: istioNamespace } : {}),
  why,
});
const groupOf = ({ apiVersion }: Kind<KubeObject>): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : CORE;

function prometheusNeeds({ prometheus }: NeedsScope): readonly Need[] {
  if (prometheus === undefined) return [];
  return [
    {
      group: CORE,
      resource: 'services/proxy',
      verbs: ['create'],
      namespace: prometheus.namespace,
      name: prometheus.service,
      why: 'to query Prometheus through the API server: a query is a POST',
    },
  ];
}
