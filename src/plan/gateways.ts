// What moves each gateway? Reads it off the labels; refuses nothing (guards do) and waits for nothing.
import type { FrozenConfig } from '../config/config.ts';
import { DEFAULT_TAG, REV, type Revision } from '../mesh/names.ts';
import type { ApiGateway, MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { PlannedGateway } from './plan.ts';
import type { Scope } from './scope.ts';

/** The gateways of phase 4. Those inside a namespace that moves with a batch are not among them: they move with it. */
export function gatewaysOf(
  snapshot: MeshSnapshot,
  frozen: FrozenConfig,
  source: Revision,
  scope: Scope,
): readonly PlannedGateway[] {
  if (frozen.gateways.kind === 'none') return [];
  const listed = frozen.gateways.kind === 'listed' ? frozen.gateways.gateways : undefined;
  const wanted = (namespace: string, name: string): boolean =>
    listed === undefined || listed.some((gateway) => gateway.namespace === namespace && gateway.name === name);
  const ofBatch = new Set(
    [...scope.moving.filter((namespace) => namespace.move !== 'by-template'), ...scope.excluded].map(
      (namespace) => namespace.name,
    ),
  );
  const ofPhase4 = new Set(scope.gatewaysOnly.map((namespace) => namespace.name));
  const injected = snapshot.workloads
    .filter((workload) => workload.gateway === 'injected' && workload.requested === source)
    .filter((workload) => !ofBatch.has(workload.ref.namespace) && wanted(workload.ref.namespace, workload.ref.name))
    .map((workload) => injectedGateway(workload, frozen, source, ofPhase4.has(workload.ref.namespace)));
  const byThemselves = snapshot.apiGateways
    .filter((gateway) => gateway.managed && gateway.requested === source && wanted(gateway.namespace, gateway.name))
    .filter((gateway) => gateway.revLabel !== undefined || !ofBatch.has(gateway.namespace))
    .map((gateway) => apiGateway(gateway, frozen, snapshot));
  return [...injected, ...byThemselves];
}

/** In a labelled namespace the namespace's label decides, so a restart is all that is left to do (istio.md A.4). */
function injectedGateway(
  workload: Workload,
  frozen: FrozenConfig,
  source: Revision,
  namespaceDecides: boolean,
): PlannedGateway {
  const label = workload.templateLabels[REV] ?? null;
  const followsTag = label === frozen.tag || (label === null && frozen.tag === DEFAULT_TAG);
  if (namespaceDecides || (frozen.strategy === 'tag' && followsTag)) return { kind: 'restart', workload: workload.ref };
  return { kind: 'template-label', workload: workload.ref, from: label ?? (followsTag ? null : source) };
}

function apiGateway(gateway: ApiGateway, frozen: FrozenConfig, snapshot: MeshSnapshot): PlannedGateway {
  const { namespace, name, revLabel } = gateway;
  const namespaceLabel = snapshot.namespaces.find((candidate) => candidate.name === namespace)?.labels[REV];
  const asksFor = revLabel ?? namespaceLabel ?? DEFAULT_TAG;
  const movedBy =
    asksFor === frozen.tag && frozen.strategy === 'tag'
      ? 'tag'
      : revLabel === undefined && namespaceLabel !== undefined
        ? 'namespace-label'
        : 'own-label';
  return { kind: 'gateway-api', namespace, name, movedBy, from: revLabel ?? null };
}
