// What is a test's mesh made of? Pieces to be written down in one expression; what they are in Kubernetes is for objects.ts.

/** `kind` says which: every piece but a namespace lives in one. */
export type Piece = Workload | BarePod | Job | InjectedGateway | FixedGateway | ApiGateway;

export interface NamespacePiece {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly pieces: readonly Placed[];
}

/** A piece and its namespace. */
export interface Placed {
  readonly namespace: string;
  readonly piece: Piece;
}

interface PodOptions {
  /** On the pods, beside `app`. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The pods' label `istio.io/rev`. */
  readonly rev?: string;
  /** The pods' label `sidecar.istio.io/inject`. */
  readonly inject?: boolean;
  readonly hostNetwork?: boolean;
  /** Asks for a node that is not there: its pods stay Pending, whatever the kubelet's rules say. */
  readonly unavailable?: boolean;
}

export interface WorkloadOptions extends PodOptions {
  /** 1 unless told; a DaemonSet has one pod for each node. */
  readonly replicas?: number;
  /** A Deployment's; paused by `ready()`, once its pods are there: one that is born paused has none. */
  readonly paused?: boolean;
  /** A StatefulSet's or DaemonSet's. */
  readonly onDelete?: boolean;
  /** A Deployment's; Kubernetes' own (25 % and 25 %) unless told. */
  readonly strategy?: object;
}

export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly name: string;
  readonly options: WorkloadOptions;
}

export interface BarePod {
  readonly kind: 'Pod';
  readonly name: string;
  readonly options: PodOptions;
}

export interface Job {
  readonly kind: 'Job';
  readonly name: string;
  readonly options: PodOptions;
}

/** Which revision an injected gateway's pods ask for: `inject` is the label `sidecar.istio.io/inject=true` alone. */
export type Pin = { readonly tag: string } | { readonly revision: string } | 'inject';

export interface InjectedGateway {
  readonly kind: 'injected-gateway';
  readonly name: string;
  readonly workload: 'Deployment' | 'DaemonSet';
  readonly pin: Pin;
  readonly replicas: number;
}

/** As `istioctl install` makes one: its image is written down, and no restart changes it. */
export interface FixedGateway {
  readonly kind: 'fixed-gateway';
  readonly name: string;
  readonly revision: string;
  readonly image: string;
}

/** A `Gateway` of class `istio`: istiod makes the Deployment `<name>-istio`. */
export interface ApiGateway {
  readonly kind: 'Gateway';
  readonly name: string;
  /** Its label `istio.io/rev`, a revision or a tag; without, it follows its namespace. */
  readonly rev?: string;
}

export interface NamespaceOptions {
  /** The label `istio-injection`. */
  readonly injection?: 'enabled' | 'disabled';
  /** The label `istio.io/rev`, a tag or a revision. */
  readonly rev?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export function namespace(name: string, options: NamespaceOptions = {}, ...pieces: readonly Piece[]): NamespacePiece {
  const labels = {
    ...options.labels,
    ...(options.injection && { 'istio-injection': options.injection }),
    ...(options.rev !== undefined && { 'istio.io/rev': options.rev }),
  };
  return { name, labels, pieces: pieces.map((piece) => ({ namespace: name, piece })) };
}

export const deployment = (name: string, options: WorkloadOptions = {}): Workload => ({
  kind: 'Deployment',
  name,
  options,
});
export const statefulSet = (name: string, options: WorkloadOptions = {}): Workload => ({
  kind: 'StatefulSet',
  name,
  options,
});
export const daemonSet = (name: string, options: WorkloadOptions = {}): Workload => ({
  kind: 'DaemonSet',
  name,
  options,
});
export const barePod = (name: string, options: PodOptions = {}): BarePod => ({ kind: 'Pod', name, options });
/** Runs until the kubelet's rules let it succeed. */
export const job = (name: string, options: PodOptions = {}): Job => ({ kind: 'Job', name, options });

/** With a namespace of its own, without labels, unless that one is among the mesh's other namespaces. */
export function injectedGateway(options: {
  namespace: string;
  name: string;
  pin: Pin;
  replicas?: number;
  workload?: 'Deployment' | 'DaemonSet';
}): Placed {
  const { namespace: place, name, pin, replicas = 1, workload = 'Deployment' } = options;
  return { namespace: place, piece: { kind: 'injected-gateway', name, pin, replicas, workload } };
}

export function fixedGateway(options: { namespace: string; name: string; revision: string; image: string }): Placed {
  const { namespace: place, ...rest } = options;
  return { namespace: place, piece: { kind: 'fixed-gateway', ...rest } };
}

export function apiGateway(options: { namespace: string; name: string; rev?: string }): Placed {
  const { namespace: place, ...rest } = options;
  return { namespace: place, piece: { kind: 'Gateway', ...rest } };
}
