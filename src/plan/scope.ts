// Which namespaces are to be moved, how does each ask for injection, and which are seen and left alone?
import { isGatewayChosen, isInScope } from '../config/choose.ts';
import type { Choice } from '../config/config.ts';
import { type AskedName, askedByPod, whatIsAsked } from '../mesh/asked-name.ts';
import { DEFAULT_TAG, INJECTION, type Revision, type Tag } from '../mesh/names.ts';
import type { MeshNamespace, MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { Candidate } from './batches.ts';
import { injectionLabels } from './labels.ts';
import type { MoveKind } from './plan.ts';
import { assertNever } from '../shared/assert-never.ts';

export interface Scope {
  readonly moving: readonly Candidate[];
  /** Hold injected gateways and no other injected workload: phase 4 moves them, where a gateway of theirs is chosen. */
  readonly gatewaysOnly: readonly Candidate[];
  /** Follow the tag, but the user excluded them, or chose none of their gateways. */
  readonly excluded: readonly Candidate[];
  /** As sentences; gateways are not among them. */
  readonly leftAlone: readonly string[];
}

export function scopeOf(snapshot: MeshSnapshot, choice: Choice & { readonly tag: Tag }, source: Revision): Scope {
  const moving: Candidate[] = [];
  const gatewaysOnly: Candidate[] = [];
  const excluded: Candidate[] = [];
  const leftAlone: string[] = [];
  const asks: Asks = (name) => whatIsAsked(name, { tag: choice.tag, source }, snapshot.tags);
  for (const namespace of snapshot.namespaces) {
    if (namespace.terminating || namespace.name === snapshot.istioNamespace) continue;
    const workloads = snapshot.workloads.filter((workload) => workload.ref.namespace === namespace.name);
    const asking = workloads.filter(
      (workload) => workload.requested === source && workload.gateway === 'not-a-gateway',
    );
    const move = moveOf(namespace, asking, asks, snapshot.tags);
    if (namespace.request.kind === 'unlabelled') leftAlone.push(...followersOfOthers(asking, asks, source));
    if (move.kind === 'left-alone') {
      if (move.why !== undefined) leftAlone.push(`namespace ${namespace.name}: ${move.why}`);
      continue;
    }
    const candidate: Candidate = {
      name: namespace.name,
      labels: namespace.labels,
      move: move.kind,
      original: injectionLabels(namespace.labels),
      pods: snapshot.pods.filter(
        (pod) => pod.namespace === namespace.name && pod.injected !== undefined && !pod.finished,
      ).length,
      workloads: workloads.filter((workload) => workload.requested !== undefined).length,
    };
    if (!holdsOnlyGateways(workloads)) (isInScope(choice, namespace) ? moving : excluded).push(candidate);
    else if (workloads.some((workload) => isGatewayChosen(choice, namespace, gatewayName(workload))))
      gatewaysOnly.push(candidate);
    else excluded.push(candidate);
  }
  return { moving, gatewaysOnly, excluded, leftAlone };
}

type Move = { readonly kind: MoveKind } | { readonly kind: 'left-alone'; readonly why?: string };

/** What a name means to this upgrade. */
type Asks = (name: AskedName) => ReturnType<typeof whatIsAsked>;

/** `asking`: the workloads in it that are no gateways and whose next pods are the source's. */
function moveOf({ request }: MeshNamespace, asking: readonly Workload[], asks: Asks, tags: MeshSnapshot['tags']): Move {
  switch (request.kind) {
    case 'both-labels':
      return { kind: 'left-alone', why: `carries both ${INJECTION} and istio.io/rev=${request.value}` };
    case 'disabled':
      return { kind: 'left-alone' };
    case 'follows-default':
      return asks(undefined) === 'the-tag' ? { kind: 'follows-tag' } : { kind: 'left-alone', why: followed(undefined) };
    case 'rev-label': {
      const { value } = request;
      const asked = asks(value);
      if (asked === 'the-tag') return { kind: 'follows-tag' };
      if (asked === 'the-source') return { kind: 'pinned-to-source' };
      return { kind: 'left-alone', why: tags.some(({ tag }) => tag === value) ? followed(value) : `asks for ${value}` };
    }
    case 'unlabelled':
      return asking.some((workload) => asks(ownName(workload)) !== 'another')
        ? { kind: 'by-template' }
        : { kind: 'left-alone' };
    default:
      return assertNever(request);
  }
}

/** Pod templates of an unlabelled namespace that get the source's proxy by another tag than the one that moves. */
const followersOfOthers = (asking: readonly Workload[], asks: Asks, source: Revision): readonly string[] =>
  asking
    .filter((workload) => asks(ownName(workload)) === 'another')
    .map(
      (workload) =>
        `${workload.ref.kind} ${workload.ref.namespace}/${workload.ref.name}: ${followed(ownName(workload))}, stays on ${source}`,
    );

/** Where no label of the namespace decides. */
const ownName = ({ templateLabels }: Workload): AskedName => askedByPod({}, templateLabels);

const followed = (name: AskedName): string => `follows the tag ${name ?? DEFAULT_TAG}`;

function holdsOnlyGateways(workloads: readonly Workload[]): boolean {
  const injected = workloads.filter(
    (workload) => workload.requested !== undefined || workload.gateway === 'gateway-api',
  );
  return injected.length > 0 && injected.every((workload) => workload.gateway !== 'not-a-gateway');
}

const gatewayName = ({ ref, madeByGateway }: Workload): string => madeByGateway ?? ref.name;
