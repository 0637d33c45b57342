// What does a plan say to a person? Headed lists of rows, the same ones for the terminal and for markdown.
import type { Install } from '../config/config.ts';
import { isKept } from '../plan/kept-labels.ts';
import { pinsWaiting } from '../plan/labels.ts';
import type { PlannedBatch, PlannedGateway, PlannedNamespace, UpgradePlan } from '../plan/plan.ts';
import { assertNever } from '../shared/assert-never.ts';
import { limitText, span } from '../slo/sentence.ts';

export interface PlanSection {
  readonly title: string;
  readonly rows: readonly string[];
}

/** What is decided, gateways, batches, what is left out, in this order; a section without rows is left out. */
export function planSections(plan: UpgradePlan): readonly PlanSection[] {
  const sections: readonly PlanSection[] = [
    { title: `Plan ${plan.hash}`, rows: decisions(plan) },
    {
      title: `Gateways (${String(plan.gateways.length)})`,
      rows: plan.gateways.map((gateway) => gatewayRow(gateway, plan)),
    },
    {
      title: 'Namespaces that move with their gateways',
      rows: plan.gatewayNamespaces.map((namespace) => namespaceRow(namespace, plan, false)),
    },
    ...plan.batches.map((batch) => ({
      title: batchTitle(batch, plan.batches.length),
      rows: batch.namespaces.map((namespace) => namespaceRow(namespace, plan, true)),
    })),
    {
      title: 'Excluded',
      rows: plan.excluded.map(
        (namespace) => `${namespace.name}: ${howItStays(namespace, plan)}; ${podsText(namespace.pods)}`,
      ),
    },
    { title: 'Left alone', rows: plan.leftAlone },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function decisions(plan: UpgradePlan): readonly string[] {
  const { gate } = plan;
  const exceptions = gate.maxErrorRate.exceptions.map(({ pattern, limit }) => `${pattern}: ${limitText(limit)}`);
  const pinned =
    plan.strategy === 'tag'
      ? pinsWaiting(plan)
        ? ', namespaces that wait are pinned'
        : plan.pinWaiting
          ? ', nothing can be pinned'
          : ', nothing is pinned'
      : '';
  return [
    `${plan.source}${plan.sourceVersion === undefined ? '' : ` (${plan.sourceVersion})`} → ${plan.target}, tag ${plan.tag}, strategy ${plan.strategy}${pinned}`,
    `install: ${installText(plan.install)}`,
    `gate: error rate at most ${[limitText(gate.maxErrorRate.limit), ...exceptions].join(', ')}; watched ${span(gate.bakeMs)} to ${span(gate.maxBakeMs)}; at least ${String(gate.minRequests)} requests; evidence ${gate.evidence}; no traffic: ${gate.onNoTraffic}; comparison ${gate.compare}`,
    ...(gate.objectives.length === 0 ? [] : [`objectives: ${gate.objectives.map(({ name }) => name).join(', ')}`]),
    `on FAIL: ${plan.onFail}; soak ${span(plan.soakMs)}; source afterwards: ${plan.removeSource}`,
    `cluster ${plan.clusterUid}, Istio in ${plan.istioNamespace}`,
  ];
}

function installText(install: Install): string {
  switch (install.kind) {
    case 'none':
      return 'none (verified only)';
    case 'manifest':
      return `manifest ${install.path}`;
    case 'istioctl':
    case 'helm':
      return [install.kind, ...install.args].join(' ');
    default:
      return assertNever(install);
  }
}

function gatewayRow(gateway: PlannedGateway, plan: UpgradePlan): string {
  switch (gateway.kind) {
    case 'restart':
      return `${workloadText(gateway.workload)}: restart, once tag ${plan.tag} has moved`;
    case 'template-label':
      return `${workloadText(gateway.workload)}: pod template label istio.io/rev ${labelChange(gateway, plan)}`;
    case 'gateway-api':
      return `Gateway ${gateway.namespace}/${gateway.name}: rolls by itself with ${apiMover(gateway, plan)}`;
    default:
      return assertNever(gateway);
  }
}

function apiMover(gateway: Extract<PlannedGateway, { kind: 'gateway-api' }>, plan: UpgradePlan): string {
  switch (gateway.movedBy) {
    case 'tag':
      return `tag ${plan.tag}`;
    case 'namespace-label':
      return "its namespace's label";
    case 'own-label':
      return `its own label istio.io/rev ${labelChange(gateway, plan)}`;
    default:
      return assertNever(gateway.movedBy);
  }
}

const labelChange = ({ from }: { readonly from: string | null }, plan: UpgradePlan): string =>
  `${from ?? 'none'} → ${plan.target}${isKept(plan, from) ? ', for good' : ''}`;

const workloadText = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  `${kind} ${namespace}/${name}`;

/** `Batch 2 of 5: 3 namespaces, 12 pods`. */
export const batchTitle = ({ number, namespaces }: PlannedBatch, of: number): string =>
  `Batch ${String(number)} of ${String(of)}: ${many(namespaces.length, 'namespace')}, ${podsText(namespaces.reduce((sum, { pods }) => sum + pods, 0))}`;

/** `payments: istio-injection=enabled, pinned until then; 12 pods in 3 workloads`; `waits` for a batch, or moves with the gateways. */
function namespaceRow(namespace: PlannedNamespace, plan: UpgradePlan, waits: boolean): string {
  const { name, pods, workloads } = namespace;
  return `${name}: ${howItMoves(namespace, plan, waits)}; ${podsText(pods)} in ${many(workloads, 'workload')}`;
}

function howItMoves({ move, original }: PlannedNamespace, plan: UpgradePlan, waits: boolean): string {
  const label =
    original.injection === null ? `istio.io/rev=${original.rev ?? ''}` : `istio-injection=${original.injection}`;
  switch (move) {
    case 'follows-tag':
      if (plan.strategy === 'relabel') return `${label} becomes istio.io/rev=${plan.target}, restart`;
      if (!waits) return `${label}, restart`;
      return pinsWaiting(plan)
        ? `${label}, pinned to ${plan.source} until then; unpin, restart`
        : `${label}, not pinned: new pods move in phase 3; restart`;
    case 'pinned-to-source':
      return `istio.io/rev=${plan.source} becomes istio.io/rev=${plan.target}, restart`;
    case 'by-template':
      return plan.strategy === 'relabel'
        ? `no label; pod template labels become istio.io/rev=${plan.target}, for good`
        : 'no label, so never pinned: new pods move in phase 3; restart';
    default:
      return assertNever(move);
  }
}

/** Excluded, it moves all the same where its new pods follow the tag and nothing can be pinned. */
function howItStays({ move }: PlannedNamespace, plan: UpgradePlan): string {
  if (plan.strategy === 'relabel' || move === 'pinned-to-source') return `stays on ${plan.source}`;
  if (move === 'by-template') return 'no label, so never pinned: new pods that follow the tag move in phase 3';
  return pinsWaiting(plan) ? `pinned to ${plan.source}` : 'not pinned: new pods move in phase 3';
}

export const podsText = (pods: number): string => many(pods, 'pod');
const many = (number: number, word: string): string => `${String(number)} ${word}${number === 1 ? '' : 's'}`;
