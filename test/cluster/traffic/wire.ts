// What does a test tell the traffic simulator, and what does it hear back? Types only; they travel as JSON over its control port.

export interface WorkloadRef {
  readonly namespace: string;
  readonly workload: string;
}

/**
 * Who calls whom, how often in all: the rate is shared by the caller's and the callee's ready pods.
 * `gateway` is every gateway pod together; `outside` has no sidecar and is no pod, so only the callee reports it.
 */
export interface Edge {
  readonly from: WorkloadRef | 'gateway' | 'outside';
  readonly to: WorkloadRef & { /** Where it differs from the workload's name. */ readonly service?: string };
  readonly rps: number;
  readonly protocol: 'http' | 'grpc';
}

export interface Graph {
  readonly edges: readonly Edge[];
  /** The same seed, pods and time give the same requests. */
  readonly seed?: number;
}

/** Spoils a share of the requests that it matches; where several match, the first one that strikes wins. */
export interface Fault {
  readonly id: string;
  /** The matched pod's injected revision. */
  readonly revision?: string;
  readonly namespace?: string;
  readonly workload?: string;
  /** `destination`: the server answers so, and both reporters count it. `source`: it never gets there, only the caller counts it. */
  readonly side: 'destination' | 'source';
  /** Whose revision, namespace and workload are compared. Else: the callee's for `destination`, the caller's for `source`. */
  readonly match?: 'caller' | 'callee';
  /** `0` where no code was sent, as with the flag DC. */
  readonly code: string;
  /** Envoy's flags: of the server's proxy for `destination`, of the caller's for `source`; `-` for none. */
  readonly flags: string;
  /** 0 to 1. */
  readonly share: number;
  readonly grpcStatus?: string;
  readonly latencyMs?: number;
  /** Seconds from its setting to its beginning, and from there to its end. */
  readonly after?: number;
  readonly for?: number;
}

/** What truly happened, to hold the measured against. Counted since the start, per namespace of the callee. */
export interface Tally {
  /** Requests that a pod made. */
  sent: number;
  /** Of these, those that reached a pod of the callee. */
  arrived: number;
  /** Of those sent, those that a fault spoiled or that found no pod. */
  failed: number;
  /** Requests that nobody made because the caller had no ready pod. */
  unsent: number;
}

export interface Stats {
  readonly clockMs: number;
  /** It knows the pods that there are. */
  readonly listed: boolean;
  readonly pods: number;
  readonly sidecars: number;
  readonly series: number;
  readonly byNamespace: { readonly [namespace: string]: Readonly<Tally> };
  readonly proxies: ProxyStats;
}

export interface ProxyStats {
  /** False when the simulator was started without them. */
  readonly running: boolean;
  readonly connected: number;
  readonly wanted: number;
  /** Proxies whose pod is gone or not ready, but which were told to stay. */
  readonly held: readonly string[];
}

/** Which proxies a lever is for; every field left out matches all. */
export interface ProxySelector {
  readonly namespace?: string;
  readonly workload?: string;
  readonly pod?: string;
  readonly revision?: string;
}
