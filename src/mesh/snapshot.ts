// What does the mesh look like at one moment? The facts every decision starts from; made by `snapshotOf`, never edited.
import type { Companion } from './companions.ts';
import type { ClientConfig, ObjectRef } from './kinds.ts';
import type { Revision, Tag } from './names.ts';

/** Who keeps an object as it is, and would undo our change to it. */
export type Owner =
  | { readonly kind: 'helm'; readonly release: string; readonly namespace: string }
  | { readonly kind: 'istioctl' }
  | { readonly kind: 'sail'; readonly object: string }
  /** Declared in git: `Argo CD's Application mesh`. */
  | { readonly kind: 'gitops'; readonly object: string }
  | { readonly kind: 'unknown' };

/** One istiod revision: its canonical injector, and what serves it. */
export interface ControlPlane {
  readonly revision: Revision;
  /** Software version from the `discovery` container's image tag, such as `1.32.0`; absent when it cannot be told. */
  readonly version?: string;
  /** Name of the canonical MutatingWebhookConfiguration (`istio.io/rev=R,!istio.io/tag`). */
  readonly injector: string;
  /** What the canonical webhooks call; a tag that points here must have the same. */
  readonly clientConfig?: ClientConfig;
  /** Every webhook of the injector has a caBundle. */
  readonly caBundlePresent: boolean;
  /** An injector that istioctl switched off because a `default` tag exists (`istio.io/deactivated: never-match`). */
  readonly deactivated: boolean;
  /** Its injector also takes pods that ask for nothing in unlabelled namespaces (`enableNamespacesByDefault`). */
  readonly injectsUnasked?: boolean;
  readonly service?: string;
  readonly deployments: readonly { readonly name: string; readonly replicas: number; readonly available: number }[];
  /** The ConfigMap that istiod merges into its mesh configuration, beside its own. */
  readonly sharedMeshConfig?: string;
  readonly owner: Owner;
}

/** A revision tag and the objects it consists of. */
export interface RevisionTag {
  readonly tag: Tag;
  readonly revision: Revision;
  readonly injector: string;
  /** What its first webhook calls. */
  readonly clientConfig?: ClientConfig;
  /** Its webhooks do not all call the same: somebody changed it by halves. */
  readonly mixed?: boolean;
  /** As for a control plane; `default` tag only. */
  readonly injectsUnasked?: boolean;
  /** Tag Service in the Istio namespace, since Istio 1.28. */
  readonly service?: string;
  /** `default` tag only: the ValidatingWebhookConfiguration that validates unlabelled config objects. */
  readonly validator?: { readonly name: string; readonly owner: Owner };
  readonly owner: Owner;
}

/** What a namespace's labels ask for (the selectors in the istiod chart's templates/mutatingwebhook.yaml). */
export type NamespaceRequest =
  | { readonly kind: 'follows-default' }
  | { readonly kind: 'rev-label'; readonly value: string }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'unlabelled' }
  /** `istio-injection=enabled` shadows the `istio.io/rev` beside it. */
  | { readonly kind: 'both-labels'; readonly value: string };

export interface MeshNamespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly request: NamespaceRequest;
  readonly terminating: boolean;
}

export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';
export interface WorkloadRef {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
}

/** Why a rolling restart cannot move a workload; `none` when it can. */
export type Immovable =
  | 'none'
  | 'paused'
  | 'on-delete'
  | 'partition'
  | 'host-network'
  | 'scaled-to-zero'
  | 'unavailable-before';

/** How a gateway workload gets its proxy, which decides how it is upgraded; `not-a-gateway` for applications. */
export type GatewayShape = 'not-a-gateway' | 'injected' | 'fixed-image' | 'gateway-api';

export interface Workload {
  readonly ref: WorkloadRef;
  /** Desired pods. */
  readonly replicas: number;
  readonly templateLabels: Readonly<Record<string, string>>;
  readonly selectorLabels: Readonly<Record<string, string>>;
  /** The pod template's `kubectl.kubernetes.io/restartedAt`: tells a restart of ours from any other. */
  readonly restartedAt?: string;
  /** Revision whose injector a new pod of this template meets now; absent when nobody injects. */
  readonly requested?: Revision;
  readonly immovable: Immovable;
  readonly gateway: GatewayShape;
  /** Name of the Gateway API Gateway that made it, when `gateway` is `gateway-api`. */
  readonly madeByGateway?: string;
  /** 0 where the kind has none, or a Deployment has none that ends within a day. */
  readonly progressDeadlineMs: number;
}

/** Makes pods now and then, and has none in between; no restart of ours moves it. */
export interface CronJob extends Pick<Workload, 'templateLabels' | 'requested'> {
  readonly ref: { readonly kind: 'CronJob'; readonly namespace: string; readonly name: string };
}

export interface MeshPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** The Deployment, StatefulSet or DaemonSet behind it (a ReplicaSet's name is cut back to its Deployment's). */
  readonly workload?: WorkloadRef;
  /** Kind of the nearest owner; `none` for a bare pod. */
  readonly ownerKind: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `kubectl.kubernetes.io/restartedAt` of the template that it was made of. */
  readonly restartedAt?: string;
  /** Annotation `istio.io/rev`: the revision that really injected it. */
  readonly injected?: Revision;
  /** Image of `istio-proxy`, from either container list; absent without a sidecar. */
  readonly proxyImage?: string;
  readonly sidecar: 'none' | 'classic' | 'native';
  readonly ready: boolean;
  /** The `istio-proxy` container itself is ready; false without one. Tells a proxy that never starts from an app that does not. */
  readonly proxyReady: boolean;
  /** When it became Ready, in ms since the epoch; absent while it is not. */
  readonly readySinceMs?: number;
  /** Since when it is not Ready, as above; absent while it is, or where no condition tells. */
  readonly unreadySinceMs?: number;
  /** Done or dying: no longer to be counted. */
  readonly finished: boolean;
  /** Being deleted and not yet done, within its grace period: its proxy is still connected. */
  readonly draining?: true;
  readonly hostNetwork: boolean;
  readonly trouble: PodTrouble;
}

/** What keeps a pod from Ready, sorted by whom to blame (docs/gate.md, "What a verdict means, and what to do"). */
export type PodTrouble =
  | { readonly kind: 'none' }
  /** `mayPass`: has been seen to mend itself, and is somebody's fault only when it lasts. */
  | { readonly kind: 'proxy-crash-loop'; readonly message: string; readonly mayPass?: true }
  | { readonly kind: 'app-crash-loop'; readonly container: string }
  | { readonly kind: 'image-pull'; readonly container: string; readonly proxy: boolean; readonly mayPass?: true }
  | { readonly kind: 'unschedulable'; readonly message: string }
  /** The proxy has not been started, and waits for no cause of its own: a volume, the network, an init container before it. */
  | { readonly kind: 'not-started'; readonly message: string };

/** A Gateway API Gateway that istiod deploys and rolls by itself. */
export interface ApiGateway {
  readonly namespace: string;
  readonly name: string;
  readonly className: string;
  /** Stands between workloads of an ambient mesh: nobody calls it from outside. */
  readonly waypoint?: true;
  /** Its own `istio.io/rev` label, when it has one: it outranks the namespace's. */
  readonly revLabel?: string;
  /** Revision that owns it now: own label, else namespace label, else the default tag's. */
  readonly requested?: Revision;
  /** False when `spec.addresses` names an existing Service: then nobody deploys it. */
  readonly managed: boolean;
}

export interface MeshSnapshot {
  /** UID of `kube-system`: which cluster this is. */
  readonly clusterUid: string;
  readonly istioNamespace: string;
  readonly controlPlanes: readonly ControlPlane[];
  readonly tags: readonly RevisionTag[];
  readonly namespaces: readonly MeshNamespace[];
  readonly workloads: readonly Workload[];
  readonly cronJobs: readonly CronJob[];
  readonly pods: readonly MeshPod[];
  readonly apiGateways: readonly ApiGateway[];
  /** CRDs, CNI and ztunnel, as far as their versions can be told. */
  readonly companions: readonly Companion[];
  /** Istio and Gateway API config objects labelled `istio.io/rev`; only that exact revision sees them. */
  readonly pinnedConfig: readonly { readonly ref: ObjectRef; readonly value: string }[];
  /**
   * Webhook configurations (both kinds) that call a Service of the Istio namespace, once per Service, and whether it exists.
   * A webhook that calls a control plane by URL is listed with that control plane's Service.
   */
  readonly webhookTargets: readonly {
    readonly configuration: ObjectRef;
    readonly namespace: string;
    readonly service: string;
    readonly exists: boolean;
    /** The revision that brought it and takes it away again: its injector or its validator, never a tag's or the default one. */
    readonly ownedBy?: Revision;
  }[];
}
