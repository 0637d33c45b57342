// Which namespaces are to be moved, how does each ask for injection, and which are seen and left alone?
import { isGatewayChosen, isInScope } from '../config/choose.ts';
import type { Choice } from '../config/config.ts';
import { INJECTION, type Revision, type Tag } from '../mesh/names.ts';
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
  readonly leftAlone: readonly string[];
}

export function scopeOf(snapshot: MeshSnapshot, choice: Choice & { readonly tag: Tag }, source: Revision): Scope {
  const moving: Candidate[] = [];
  const gatewaysOnly: Candidate[] = [];
  const excluded: Candidate[] = [];
  const leftAlone: string[] = [];
  for (const namespace of snapshot.namespaces) {
    if (namespace.terminating || namespace.name === snapshot.istioNamespace) continue;
    const workloads = snapshot.workloads.filter((workload) => workload.ref.namespace === namespace.name);
    const move = moveOf(namespace, workloads, choice.tag, source);
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

/** The tag's followers win over a source that happens to be called like the tag (`istio.io/rev=default` is the tag). */
function moveOf(namespace: MeshNamespace, workloads: readonly Workload[], tag: string, source: Revision): Move {
  const { request } = namespace;
  switch (request.kind) {
    case 'both-labels':
      return { kind: 'left-alone', why: `carries both ${INJECTION} and istio.io/rev=${request.value}` };
    case 'disabled':
      return { kind: 'left-alone' };
    case 'follows-default':
      return tag === 'default' ? { kind: 'follows-tag' } : { kind: 'left-alone', why: 'follows the tag default' };
    case 'rev-label':
      if (request.value === tag) return { kind: 'follows-tag' };
      if (request.value === source) return { kind: 'pinned-to-source' };
      return { kind: 'left-alone', why: `asks for ${request.value}` };
    case 'unlabelled': {
      const asking = workloads.some(
        (workload) => workload.requested === source && workload.gateway === 'not-a-gateway',
      );
      return asking ? { kind: 'by-template' } : { kind: 'left-alone' };
    }
    default:
      return assertNever(request);
  }
}

function holdsOnlyGateways(workloads: readonly Workload[]): boolean {
  const injected = workloads.filter(
    (workload) => workload.requested !== undefined || workload.gateway === 'gateway-api',
  );
  return injected.length > 0 && injected.every((workload) => workload.gateway !== 'not-a-gateway');
}

const gatewayName = ({ ref, madeByGateway }: Workload): string => madeByGateway ?? ref.name;
