// Which gateways are chosen, and what moves each? Reads it off the labels; refuses nothing (guards do) and waits for nothing.
import { isGatewayChosen } from '../config/choose.ts';
import type { FrozenConfig } from '../config/config.ts';
import { nearest } from '../config/nearest.ts';
import type { Finding } from '../mesh/finding.ts';
import { DEFAULT_TAG, REV, type Revision } from '../mesh/names.ts';
import type { ApiGateway, MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { PlannedGateway } from './plan.ts';
import type { Scope } from './scope.ts';

export interface Gateways {
  /** Those of phase 4. */
  readonly planned: readonly PlannedGateway[];
  /** Those that the user did not choose, as sentences: whether they stay on the source, or what moves them all the same. */
  readonly leftOut: readonly string[];
}

/** Gateways inside a namespace that moves with a batch, or is excluded, are in neither list: its label decides about them. */
export function gatewaysOf(snapshot: MeshSnapshot, frozen: FrozenConfig, source: Revision, scope: Scope): Gateways {
  const decidedByLabel = new Set(
    [...scope.moving, ...scope.excluded].filter(({ move }) => move !== 'by-template').map(({ name }) => name),
  );
  const ofPhase4 = new Set(scope.gatewaysOnly.map((namespace) => namespace.name));
  const injected = snapshot.workloads
    .filter((workload) => workload.gateway === 'injected' && workload.requested === source)
    .filter((workload) => !decidedByLabel.has(workload.ref.namespace))
    .map((workload) => injectedGateway(workload, frozen, source, ofPhase4.has(workload.ref.namespace)));
  const byThemselves = snapshot.apiGateways
    .filter((gateway) => gateway.managed && gateway.requested === source)
    .filter((gateway) => gateway.revLabel !== undefined || !decidedByLabel.has(gateway.namespace))
    .map((gateway) => apiGateway(gateway, frozen, snapshot));
  const isWanted = (gateway: PlannedGateway): boolean => {
    const { namespace, name } = placeOf(gateway);
    const labels = snapshot.namespaces.find((candidate) => candidate.name === namespace)?.labels ?? {};
    return isGatewayChosen(frozen, { name: namespace, labels }, name);
  };
  const all = [...injected, ...byThemselves];
  return {
    planned: all.filter(isWanted),
    leftOut: all
      .filter((gateway) => !isWanted(gateway))
      .map((gateway) => leftOutSentence(gateway, frozen.tag, source, ofPhase4)),
  };
}

/** Listed names that no gateway of the mesh has, each with the nearest one that there is. */
export function unknownGateways(snapshot: MeshSnapshot, { gateways }: FrozenConfig): readonly Finding[] {
  if (gateways.kind !== 'listed') return [];
  const known = [
    ...snapshot.workloads
      .filter(({ gateway }) => gateway === 'injected' || gateway === 'fixed-image')
      .map(({ ref }) => `${ref.namespace}/${ref.name}`),
    ...snapshot.apiGateways.map(({ namespace, name }) => `${namespace}/${name}`),
  ];
  return gateways.gateways
    .map(({ namespace, name }) => `${namespace}/${name}`)
    .filter((listed) => !known.includes(listed))
    .map((listed) => {
      const near = nearest(listed, known);
      return {
        id: 'gateway-unknown',
        severity: 'blocks',
        subject: `gateway ${listed}`,
        message: `no gateway of this cluster is called ${listed}`,
        remedy: near === undefined ? 'Correct it in `gateways`.' : `Did you mean \`${near}\`?`,
      };
    });
}

/** Whether the workload is the planned gateway, or was made for it. */
export const isOfGateway = (gateway: PlannedGateway, { ref, madeByGateway }: Workload): boolean =>
  gateway.kind === 'gateway-api'
    ? ref.namespace === gateway.namespace && madeByGateway === gateway.name
    : ref.kind === gateway.workload.kind &&
      ref.namespace === gateway.workload.namespace &&
      ref.name === gateway.workload.name;

const placeOf = (gateway: PlannedGateway): { readonly namespace: string; readonly name: string } =>
  gateway.kind === 'gateway-api' ? gateway : gateway.workload;

/** What would have moved it tells whether it moves without us. */
function leftOutSentence(
  gateway: PlannedGateway,
  tag: string,
  source: Revision,
  labelMoves: ReadonlySet<string>,
): string {
  const { namespace, name } = placeOf(gateway);
  const what = `${gateway.kind === 'gateway-api' ? 'Gateway' : gateway.workload.kind} ${namespace}/${name}: not chosen`;
  if (gateway.kind === 'template-label' || (gateway.kind === 'gateway-api' && gateway.movedBy === 'own-label'))
    return `${what}, stays on ${source}`;
  const mover = labelMoves.has(namespace) ? "its namespace's label, which moves with other gateways" : `tag ${tag}`;
  return gateway.kind === 'gateway-api'
    ? `${what}, but rolls by itself with ${mover}`
    : `${what}, but follows ${mover}: its next pods get the target's proxy`;
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
