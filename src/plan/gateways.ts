// Which gateways are chosen, and what moves each? Reads it off the labels; refuses nothing (guards do) and waits for nothing.
import { isGatewayChosen } from '../config/choose.ts';
import type { FrozenConfig } from '../config/config.ts';
import { nearest } from '../config/nearest.ts';
import { askedByGateway, askedByPod, labelsIn, whatIsAsked } from '../mesh/asked-name.ts';
import type { Finding } from '../mesh/finding.ts';
import { DEFAULT_TAG, INJECTION, REV, type Revision } from '../mesh/names.ts';
import type { ApiGateway, MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { pinsWaiting } from './labels.ts';
import type { PlannedGateway, PlannedNamespace, UpgradePlan } from './plan.ts';
import type { Scope } from './scope.ts';

export interface Gateways {
  /** Those of phase 4. */
  readonly planned: readonly PlannedGateway[];
  /**
   * As sentences: those that the user did not choose, with what moves them all the same, and those that no move of ours reaches, such as
   * the followers of another tag.
   */
  readonly leftOut: readonly string[];
}

/**
 * Gateways inside a namespace that moves with a batch, or is excluded, are in neither list: its label decides about them. Not where it
 * follows the tag and nothing pins it: istiod rolls what it made for a Gateway there as soon as the tag moves.
 */
export function gatewaysOf(snapshot: MeshSnapshot, frozen: FrozenConfig, source: Revision, scope: Scope): Gateways {
  const labelled = [...scope.moving, ...scope.excluded].filter(({ move }) => move !== 'by-template');
  const decidedByLabel = new Set(labelled.map(({ name }) => name));
  const unheld = new Set(unpinned({ ...frozen, source }, labelled));
  const ofPhase4 = new Set(scope.gatewaysOnly.map((namespace) => namespace.name));
  const mesh: Mesh = { snapshot, frozen, source, ofPhase4 };
  const found = [
    ...snapshot.workloads
      .filter((workload) => workload.gateway === 'injected' && workload.requested === source)
      .filter((workload) => !decidedByLabel.has(workload.ref.namespace))
      .map((workload) => injectedGateway(workload, mesh)),
    ...snapshot.apiGateways
      .filter((gateway) => gateway.managed && gateway.requested === source)
      .filter(
        (gateway) =>
          gateway.revLabel !== undefined || !decidedByLabel.has(gateway.namespace) || unheld.has(gateway.namespace),
      )
      .map((gateway) => apiGateway(gateway, mesh)),
  ];
  const isWanted = (gateway: PlannedGateway): boolean => {
    const { namespace, name } = placeOf(gateway);
    return isGatewayChosen(frozen, { name: namespace, labels: labelsIn(snapshot.namespaces, namespace) }, name);
  };
  const movable = found.filter((gateway) => typeof gateway !== 'string');
  return {
    planned: movable.filter(isWanted),
    leftOut: found.flatMap((gateway) => {
      if (typeof gateway === 'string') return [gateway];
      return isWanted(gateway) ? [] : [leftOutSentence(gateway, frozen.tag, source, ofPhase4)];
    }),
  };
}

/** Names of those that follow the tag, and that no label holds on the source while it moves. */
const unpinned = (
  plan: Parameters<typeof pinsWaiting>[0],
  namespaces: readonly Pick<PlannedNamespace, 'name' | 'move'>[],
): readonly string[] =>
  plan.strategy === 'tag' && !pinsWaiting(plan)
    ? namespaces.filter(({ move }) => move === 'follows-tag').map(({ name }) => name)
    : [];

/** Gateways, as `namespace/name`, that roll with the tag although their namespace waits for its batch, or is excluded. */
export function rollAhead({ apiGateways }: MeshSnapshot, plan: UpgradePlan): readonly string[] {
  const unheld = unpinned(plan, [...plan.batches.flatMap(({ namespaces }) => namespaces), ...plan.excluded]);
  return apiGateways
    .filter(({ managed, requested, revLabel }) => managed && requested === plan.source && revLabel === undefined)
    .filter(({ namespace }) => unheld.includes(namespace))
    .map(({ namespace, name }) => `${namespace}/${name}`);
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

interface Mesh {
  readonly snapshot: MeshSnapshot;
  readonly frozen: FrozenConfig;
  readonly source: Revision;
  /** Namespaces whose own label moves in phase 4. */
  readonly ofPhase4: ReadonlySet<string>;
}

/** A sentence where nothing of ours moves it. A namespace's label decides, and a template label does nothing beside it (istio#37088). */
function injectedGateway({ ref, templateLabels }: Workload, mesh: Mesh): PlannedGateway | string {
  const { snapshot, frozen, source, ofPhase4 } = mesh;
  const labels = labelsIn(snapshot.namespaces, ref.namespace);
  const name = askedByPod(labels, templateLabels);
  const asked = whatIsAsked(name, { tag: frozen.tag, source }, snapshot.tags);
  const what = `${ref.kind} ${ref.namespace}/${ref.name}`;
  if (asked === 'another') return followsAnother(what, name, source);
  if (ofPhase4.has(ref.namespace)) return { kind: 'restart', workload: ref };
  if (carriesBoth(labels)) return leftWithBoth(what, labels);
  const goesWithTag = frozen.strategy === 'tag' && asked === 'the-tag';
  if (goesWithTag) return { kind: 'restart', workload: ref };
  const decides = labels[INJECTION] ?? labels[REV];
  if (decides !== undefined) return `${what}: its namespace's label decides and is not moved, stays on ${source}`;
  return { kind: 'template-label', workload: ref, from: templateLabels[REV] ?? null };
}

/** As for an injected gateway; but its own label outranks its namespace's. */
function apiGateway(gateway: ApiGateway, mesh: Mesh): PlannedGateway | string {
  const { snapshot, frozen, source, ofPhase4 } = mesh;
  const { namespace, name, revLabel } = gateway;
  const labels = labelsIn(snapshot.namespaces, namespace);
  const askedName = askedByGateway(labels, gateway);
  const asked = whatIsAsked(askedName, { tag: frozen.tag, source }, snapshot.tags);
  const what = `Gateway ${namespace}/${name}`;
  if (asked === 'another') return followsAnother(what, askedName, source);
  const planned = { kind: 'gateway-api', namespace, name, from: revLabel ?? null } as const;
  if (asked === 'the-tag' && frozen.strategy === 'tag') return { ...planned, movedBy: 'tag' };
  const byNamespace = revLabel === undefined && labels[REV] !== undefined;
  if (byNamespace && carriesBoth(labels)) return leftWithBoth(what, labels);
  // A label of Istio's own namespace is never moved; the Gateway's own outranks it.
  return { ...planned, movedBy: byNamespace && ofPhase4.has(namespace) ? 'namespace-label' : 'own-label' };
}

const followsAnother = (what: string, name: string = DEFAULT_TAG, source: Revision): string =>
  `${what}: follows the tag ${name}, stays on ${source}`;

const carriesBoth = (labels: Labels): boolean => labels[INJECTION] !== undefined && labels[REV] !== undefined;
const leftWithBoth = (what: string, labels: Labels): string =>
  `${what}: its namespace carries both ${INJECTION} and ${REV}=${labels[REV] ?? ''}`;
type Labels = Readonly<Record<string, string>>;
