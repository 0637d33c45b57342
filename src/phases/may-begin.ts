// May a batch, or may the gateways begin? With time for its worst case and a rollback, credentials that live as long, and an API server that would take
// the write. Fresh credentials are taken where there are any; nothing is written.
import { nameOf, WORKLOAD_KINDS, type ObjectRef } from '../mesh/kinds.ts';
import { RESTARTED_AT } from '../mesh/names.ts';
import type { WorkloadRef, Workload } from '../mesh/snapshot.ts';
import type { PlannedBatch, UpgradePlan } from '../plan/plan.ts';
import { deadlinesOf, limitBefore, type Limit, worstBatchMs } from '../plan/time-needed.ts';
import type { World } from '../ports/world.ts';
import { ApiError } from '../shared/errors.ts';
import { readMesh } from './discover.ts';
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
  const { workloads } = await readMesh(world.cluster, plan.istioNamespace);
  const pace = { rolloutTimeoutMs, maxRestarting, deadlines: deadlinesOf(workloads) };
  const limit = limitBefore(worstBatchMs(plan, what === 'gateways' ? 0 : what.number, pace), {
    ...(deadlineMs === undefined ? {} : { maxDurationMs: deadlineMs - now }),
    ...(endMs === undefined ? {} : { credentialsMs: endMs - now }),
  });
  if (limit !== undefined) return { kind: 'out-of-time', limit };
  const isMoved = what === 'gateways' ? isPlannedGateway(plan) : isIn(what);
  const reason = await whyRefused(
    world,
    workloads.filter(({ ref }) => isMoved(ref)),
  );
  return reason === undefined ? undefined : { kind: 'write-refused', reason };
}

type Chooses = (ref: WorkloadRef) => boolean;
function isIn({ namespaces }: PlannedBatch): Chooses {
  const names = new Set(namespaces.map(({ name }) => name));
  return ({ namespace }) => names.has(namespace);
}
function isPlannedGateway({ gateways }: UpgradePlan): Chooses {
  const planned = new Set(gateways.flatMap((each) => (each.kind === 'gateway-api' ? [] : [idOf(each.workload)])));
  return (ref) => planned.has(idOf(ref));
}

/** A restart of the first workload that would be restarted, as a server-side dry run: authorized and admitted like the real one. */
async function whyRefused({ cluster, clock }: World, workloads: readonly Workload[]): Promise<string | undefined> {
  for (const { ref, requested, immovable } of workloads) {
    const kind = WORKLOAD_KINDS.find((each) => each.kind === ref.kind);
    if (kind === undefined || requested === undefined || immovable !== 'none') continue;
    const object: ObjectRef = { kind, namespace: ref.namespace, name: ref.name };
    const annotations = { [RESTARTED_AT]: new Date(clock.now()).toISOString() };
    try {
      await cluster.patch(kind, object, { spec: { template: { metadata: { annotations } } } }, { dryRun: true });
      return undefined;
    } catch (error) {
      if (
        !(error instanceof ApiError) ||
        error.status < 400 ||
        error.status >= 500 ||
        [401, 408, 429].includes(error.status)
      )
        throw error;
      if (error.status !== 404) return `a dry-run restart of ${nameOf(object)} is refused: ${error.message}`;
    }
  }
  return undefined;
}
