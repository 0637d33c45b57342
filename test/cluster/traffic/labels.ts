// Which labels does a request's series carry? The set that Istio's stats filter of Envoy writes (istio_stats.cc), for either reporter.
import type { Member } from './member.ts';
import type { Outcome } from './outcome.ts';
import type { Edge } from './wire.ts';

const UNKNOWN = 'unknown';
const CLUSTER = 'Kubernetes';

/** As the caller's proxy counts it. It knows a peer without a sidecar, or one it could not connect to, from its endpoint alone. */
export function sourceLabels(caller: Member, callee: Member | undefined, edge: Edge, outcome: Outcome): string {
  const host = outcome.reach === 'no-host' || outcome.reach === 'no-route' ? undefined : callee;
  const met = host?.sidecar === true && outcome.reach === 'served' ? host : undefined;
  const service = edge.to.service ?? edge.to.workload;
  const routed = outcome.reach !== 'no-route';
  return text({
    reporter: 'source',
    source_workload: caller.workload,
    source_canonical_service: caller.canonicalName,
    source_canonical_revision: caller.canonicalRevision,
    source_workload_namespace: caller.namespace,
    source_principal: met ? caller.principal : UNKNOWN,
    source_app: caller.app,
    source_version: caller.version,
    source_cluster: CLUSTER,
    destination_workload: host?.workload ?? UNKNOWN,
    destination_workload_namespace: host?.namespace ?? UNKNOWN,
    destination_principal: met?.principal ?? UNKNOWN,
    destination_app: met?.app ?? UNKNOWN,
    destination_version: met?.version ?? UNKNOWN,
    destination_service: routed ? fqdn(service, edge) : UNKNOWN,
    destination_canonical_service: host?.canonicalName ?? UNKNOWN,
    destination_canonical_revision: host?.canonicalRevision ?? 'latest',
    destination_service_name: routed ? service : UNKNOWN,
    destination_service_namespace: routed ? edge.to.namespace : UNKNOWN,
    destination_cluster: host ? CLUSTER : UNKNOWN,
    request_protocol: edge.protocol,
    response_code: outcome.code,
    grpc_response_status: outcome.grpcStatus,
    response_flags: outcome.callerFlags,
    connection_security_policy: UNKNOWN,
  });
}

/** As the callee's proxy counts it. Of a caller without a sidecar it knows nothing, and the connection is plain. */
export function destinationLabels(caller: Member | undefined, callee: Member, edge: Edge, outcome: Outcome): string {
  const peer = caller?.sidecar === true ? caller : undefined;
  const service = edge.to.service ?? edge.to.workload;
  return text({
    reporter: 'destination',
    source_workload: peer?.workload ?? UNKNOWN,
    source_canonical_service: peer?.canonicalName ?? UNKNOWN,
    source_canonical_revision: peer?.canonicalRevision ?? 'latest',
    source_workload_namespace: peer?.namespace ?? UNKNOWN,
    source_principal: peer?.principal ?? UNKNOWN,
    source_app: peer?.app ?? UNKNOWN,
    source_version: peer?.version ?? UNKNOWN,
    source_cluster: peer ? CLUSTER : UNKNOWN,
    destination_workload: callee.workload,
    destination_workload_namespace: callee.namespace,
    destination_principal: peer ? callee.principal : UNKNOWN,
    destination_app: callee.app,
    destination_version: callee.version,
    destination_service: fqdn(service, edge),
    destination_canonical_service: callee.canonicalName,
    destination_canonical_revision: callee.canonicalRevision,
    destination_service_name: service,
    destination_service_namespace: callee.namespace,
    destination_cluster: CLUSTER,
    request_protocol: edge.protocol,
    response_code: outcome.code,
    grpc_response_status: outcome.grpcStatus,
    response_flags: outcome.calleeFlags,
    connection_security_policy: peer ? 'mutual_tls' : 'none',
  });
}

const fqdn = (service: string, edge: Edge) => `${service}.${edge.to.namespace}.svc.cluster.local`;

/** `a="b",c="d"`, escaped as the exposition format wants it. */
export function text(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`))}"`)
    .join(',');
}
