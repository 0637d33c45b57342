// May a batch, or may the gateways begin? With time for its worst case and a rollback, credentials that live as long, and an API server
// that would take the first writes. Fresh credentials are taken where there are any; nothing is written.
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { isOutOfBatch } from '../plan/out-of-batch.ts';
import type { PlannedBatch, UpgradePlan } from '../plan/plan.ts';
import { deadlinesOf, limitBefore, type Limit, worstBatchMs } from '../plan/time-needed.ts';
import { readMesh } from './discover.ts';
import { labelWrites, toRestart, whyRefused } from './first-writes.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { idOf } from './workload-view.ts';

export type Obstacle =
  | { readonly kind: 'out-of-time'; readonly limit: Limit }
  /** `reason`: the API server's own, naming the object. */
  | { readonly kind: 'write-refused'; readonly reason: string };

/** Why not; undefined when it may. Throws where credentials are refused or the API server fails. */
export async function obstacleTo(
  { world, journal }: Session,
  what: 'gateways' | PlannedBatch,
  { rolloutTimeoutMs, maxRestarting }: RunSettings,
  deadlineMs: number | undefined,
): Promise<Obstacle | undefined> {
  const now = world.clock.now();
  const { endMs } = world.cluster.freshCredentials();
  const { plan } = journal();
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  const { workloads } = snapshot;
  const pace = { rolloutTimeoutMs, maxRestarting, deadlines: deadlinesOf(workloads) };
  const limit = limitBefore(worstBatchMs(plan, what === 'gateways' ? 0 : what.number, pace), {
    ...(deadlineMs === undefined ? {} : { maxDurationMs: deadlineMs - now }),
    ...(endMs === undefined ? {} : { credentialsMs: endMs - now }),
  });
  if (limit !== undefined) return { kind: 'out-of-time', limit };
  const isMoved = what === 'gateways' ? isPlannedGateway(plan) : isIn(plan, snapshot, what);
  const reason = await whyRefused(world, {
    namespaces: labelWrites(journal(), what === 'gateways' ? plan.gatewayNamespaces : what.namespaces, snapshot),
    workloads: toRestart(plan, snapshot).filter(isMoved),
  });
  return reason === undefined ? undefined : { kind: 'write-refused', reason };
}

type Chooses = (workload: Workload) => boolean;
function isIn(plan: UpgradePlan, snapshot: MeshSnapshot, { namespaces }: PlannedBatch): Chooses {
  const names = new Set(namespaces.map(({ name }) => name));
  return (workload) => names.has(workload.ref.namespace) && !isOutOfBatch(plan, snapshot, workload);
}
function isPlannedGateway({ gateways }: UpgradePlan): Chooses {
  const planned = new Set(gateways.flatMap((each) => (each.kind === 'gateway-api' ? [] : [idOf(each.workload)])));
  return ({ ref }) => planned.has(idOf(ref));
}
