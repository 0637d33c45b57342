// Which kinds of objects do we read or write, and which of their fields? Shapes as the API server sends them, raw:
// fields we do not name are kept by whoever copies the object.
import type { Json, JsonObject } from '../shared/json.ts';

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly {
    readonly manager?: string;
    readonly time?: string;
    readonly fieldsV1?: JsonObject;
  }[];
}
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}
export interface AnyObject extends KubeObject {
  readonly [field: string]: unknown;
}

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}
export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly hostNetwork?: boolean;
  readonly nodeName?: string;
}
export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly restartCount: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: JsonObject;
    readonly terminated?: JsonObject;
  };
}
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}
export interface PodObject extends KubeObject {
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly podIP?: string;
    readonly startTime?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}
export interface PodTemplate {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}
export interface WorkloadObject extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
    /** StatefulSets only: the number of the first pod, 0 where it is absent. */
    readonly ordinals?: { readonly start?: number };
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly template: PodTemplate;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly unavailableReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly desiredNumberScheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly conditions?: readonly Condition[];
  };
}
export interface CronJobObject extends KubeObject {
  readonly spec: { readonly jobTemplate: { readonly spec: { readonly template: PodTemplate } } };
}
export interface ClientConfig {
  readonly caBundle?: string;
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
}
export interface Webhook {
  readonly name: string;
  readonly clientConfig: ClientConfig;
  readonly [field: string]: Json | undefined | ClientConfig;
}
export interface WebhookConfigurationObject extends KubeObject {
  readonly webhooks?: readonly Webhook[];
}
export interface ServiceObject extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>>; readonly ports?: readonly JsonObject[] };
}
export interface EndpointSliceObject extends KubeObject {
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly conditions?: { readonly ready?: boolean };
  }[];
}
export interface ConfigMapObject extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}
export interface EventObject extends KubeObject {
  readonly involvedObject: { readonly kind?: string; readonly name?: string };
  /** `Normal` or `Warning`. */
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
}
export interface LeaseObject extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}
export interface ApiGatewayObject extends KubeObject {
  readonly spec?: {
    readonly gatewayClassName?: string;
    readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
  };
}
export interface GatewayClassObject extends KubeObject {
  readonly spec?: { readonly controllerName?: string };
}
/** One kind of object: where the API server keeps it. `T` is the shape its objects have. */
export interface Kind<T extends KubeObject = AnyObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set; carries `T` for the compiler. */
  readonly shape?: T;
}
/** Which object: enough to find it, and to name it to a person. */
export interface ObjectRef {
  readonly kind: Kind<KubeObject>;
  readonly name: string;
  readonly namespace?: string;
}

const core = 'v1';
const apps = 'apps/v1';
const admission = 'admissionregistration.k8s.io/v1';
const namespaced = true;
export const NAMESPACE: Kind<KubeObject> = {
  apiVersion: core,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
export const POD: Kind<PodObject> = { apiVersion: core, kind: 'Pod', plural: 'pods', namespaced };
export const SERVICE: Kind<ServiceObject> = { apiVersion: core, kind: 'Service', plural: 'services', namespaced };
export const CONFIG_MAP: Kind<ConfigMapObject> = {
  apiVersion: core,
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced,
};
export const SERVICE_ACCOUNT: Kind<KubeObject> = {
  apiVersion: core,
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced,
};
export const DEPLOYMENT: Kind<WorkloadObject> = {
  apiVersion: apps,
  kind: 'Deployment',
  plural: 'deployments',
  namespaced,
};
export const STATEFUL_SET: Kind<WorkloadObject> = {
  apiVersion: apps,
  kind: 'StatefulSet',
  plural: 'statefulsets',
  namespaced,
};
export const DAEMON_SET: Kind<WorkloadObject> = {
  apiVersion: apps,
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced,
};
export const CRON_JOB: Kind<CronJobObject> = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  namespaced,
};
export const ENDPOINT_SLICE: Kind<EndpointSliceObject> = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced,
};
export const LEASE: Kind<LeaseObject> = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced,
};
export const MUTATING: Kind<WebhookConfigurationObject> = {
  apiVersion: admission,
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  namespaced: false,
};
export const VALIDATING: Kind<WebhookConfigurationObject> = {
  apiVersion: admission,
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
};
export const API_GATEWAY: Kind<ApiGatewayObject> = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  plural: 'gateways',
  namespaced,
};
export const GATEWAY_CLASS: Kind<GatewayClassObject> = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  plural: 'gatewayclasses',
  namespaced: false,
};
export const EVENT: Kind<EventObject> = { apiVersion: 'v1', kind: 'Event', plural: 'events', namespaced: true };
export const CRD: Kind<KubeObject> = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
/** The kinds whose pods we restart, in the order in which they are listed. */
export const WORKLOAD_KINDS = [DEPLOYMENT, STATEFUL_SET, DAEMON_SET] as const;

/** `Deployment payments/api`, as every message names an object. */
export function nameOf(ref: ObjectRef): string {
  return `${ref.kind.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;
}
