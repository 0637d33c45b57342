// Phase 4: gateways in place. Restarts or relabels those that are injected, waits for those that roll by themselves,
// and judges them on gateway traffic.
import { API_GATEWAY, NAMESPACE } from '../mesh/kinds.ts';
import { REV } from '../mesh/names.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { baselineEndMs } from '../plan/baseline.ts';
import { labelWishes, movedLabels } from '../plan/labels.ts';
import { podsOf, type Move } from '../plan/moves.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { Verdict } from '../slo/verdict.ts';
import { unlessContested } from './contested.ts';
import { readMesh } from './discover.ts';
import { runGate } from './gate.ts';
import { recordTemplates } from './record-templates.ts';
import { roll } from './roll.ts';
import { rolloutVerdict } from './rollout-verdict.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { writeLabels } from './write-labels.ts';

/** Every planned gateway pod is Ready with the target's proxy, and its traffic has a verdict; undefined without gateways. */
export async function upgradeGateways(session: Session, settings: RunSettings): Promise<Verdict | undefined> {
  const { world } = session;
  const { plan } = session.journal();
  if (plan.gateways.length === 0) return undefined;
  await session.record({ kind: 'restarting', stage: 'gateways' });
  const restartedAt = session.journal().gatewaysRestartedAt ?? '';
  await moveLabels(session, plan);
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  const items = gatewayMoves(plan, snapshot);
  await recordTemplates(session, snapshot, items);
  const opened = new Map<string, number>();
  const outcome = await roll(session, {
    title: 'gateways',
    items,
    expected: plan.target,
    restartedAt,
    timeoutMs: settings.rolloutTimeoutMs,
    maxInFlight: settings.maxRestarting,
    onWorkloadDone: (ref, readySinceMs) =>
      opened.set(`${ref.namespace}/${ref.name}`, readySinceMs || world.clock.now()),
    signal: world.signal,
  });
  const broken = rolloutVerdict(outcome, world.clock.now());
  const namespaces = [...new Set(items.map(({ ref }) => ref.namespace))];
  if (broken !== undefined) return unlessContested(session, namespaces, broken);
  const gateways = gatewayWorkloads(plan, snapshot);
  for (const { namespace, name } of gateways)
    if (!opened.has(`${namespace}/${name}`)) opened.set(`${namespace}/${name}`, world.clock.now());
  return runGate(world, {
    settings: plan.gate,
    subject: { kind: 'gateways', gateways },
    unmoved: joinedNames(plan),
    source: plan.source,
    ...(settings.overBefore === undefined ? {} : { overBefore: settings.overBefore }),
    opened,
    beganMs: baselineEndMs(Date.parse(restartedAt), session.journal().spoilt),
    isRolloutOver: () => true,
    target: plan.target,
    batchLabel: 'gateways',
    signal: world.signal,
  });
}

/** Namespaces of gateways only, and Gateways that name the source themselves. */
async function moveLabels(session: Session, plan: UpgradePlan): Promise<void> {
  const namespaces = labelWishes(plan.gatewayNamespaces, (namespace) => movedLabels(plan, namespace));
  await writeLabels(session, NAMESPACE, namespaces);
  const gateways = plan.gateways.flatMap((gateway) =>
    gateway.kind === 'gateway-api' && gateway.movedBy === 'own-label'
      ? [
          {
            namespace: gateway.namespace,
            name: gateway.name,
            labels: { [REV]: plan.target },
            found: { [REV]: gateway.from },
          },
        ]
      : [],
  );
  await writeLabels(session, API_GATEWAY, gateways);
}

/** What has to roll: what already runs on the target is left out. */
export function gatewayMoves(plan: UpgradePlan, snapshot: MeshSnapshot): readonly Move[] {
  return gatewayWorkloads(plan, snapshot).flatMap(({ gateway, workload }): Move[] => {
    const settled = podsOf(snapshot, workload).every((pod) => pod.injected === plan.target && pod.ready);
    const { ref } = workload;
    if (gateway.kind === 'gateway-api') return [{ ref, how: { kind: 'await' } }];
    if (gateway.kind === 'template-label' && workload.templateLabels[REV] !== plan.target)
      return [{ ref, how: { kind: 'template-label', to: plan.target } }];
    return settled ? [] : [{ ref, how: { kind: 'restart' } }];
  });
}

/** The workloads of the planned gateways, as far as they are there. */
export function gatewayWorkloads(plan: UpgradePlan, snapshot: MeshSnapshot) {
  return plan.gateways.flatMap((gateway) =>
    snapshot.workloads
      .filter((workload) =>
        gateway.kind === 'gateway-api'
          ? workload.ref.namespace === gateway.namespace && workload.madeByGateway === gateway.name
          : workload.ref.kind === gateway.workload.kind &&
            workload.ref.namespace === gateway.workload.namespace &&
            workload.ref.name === gateway.workload.name,
      )
      .map((workload) => ({ gateway, workload, namespace: workload.ref.namespace, name: workload.ref.name })),
  );
}
