// Would the API server take what a batch, or the gateways, write first? Asked with server-side dry runs, which are authorized and admitted
// like the real thing; nothing is written.
import { NAMESPACE, nameOf, type Kind, type KubeObject } from '../mesh/kinds.ts';
import { RESTARTED_AT } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import type { Journal } from '../plan/journal.ts';
import { labelWishes, movedLabels } from '../plan/labels.ts';
import { isSettled, podsOf } from '../plan/moves.ts';
import type { PlannedNamespace, UpgradePlan } from '../plan/plan.ts';
import { foreignLabels, labelRestores } from '../plan/restore.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { World } from '../ports/world.ts';
import { ApiError } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import type { JsonObject } from '../shared/json.ts';
import { kindOf } from './start-restart.ts';
import { differences } from './write-labels.ts';

interface Write {
  readonly what: 'label change' | 'restart';
  readonly kind: Kind<KubeObject>;
  readonly object: { readonly namespace?: string; readonly name: string };
  readonly patch: JsonObject;
}
const AT_ONCE = 8;

/**
 * The first refusal with the API server's own words, in the order of `namespaces` and then of `workloads`; undefined where it would take each
 * namespace's new labels, and the restart of one workload in each. Throws where credentials are refused or the API server fails.
 */
export async function whyRefused(
  { cluster, clock, signal }: Pick<World, 'cluster' | 'clock' | 'signal'>,
  { namespaces, workloads }: FirstWrites,
): Promise<string | undefined> {
  const nowMs = clock.now();
  const restarts = Map.groupBy(workloads, ({ ref }) => ref.namespace);
  const alternatives = [
    ...namespaces.map((write) => [write]),
    ...[...restarts.values()].map((each) => each.map((workload) => restartOf(workload, nowMs))),
  ];
  const reasons: (string | undefined)[] = [];
  await inParallel([...alternatives.entries()], AT_ONCE, async ([index, writes]) => {
    signal.throwIfAborted();
    reasons[index] = await firstAnswer(cluster, writes);
  });
  return reasons.find((reason) => reason !== undefined);
}

export interface FirstWrites {
  readonly namespaces: readonly Write[];
  readonly workloads: readonly Workload[];
}

/** Of the namespaces that are there, those whose labels change; not where somebody else relabelled them, for they are left alone. */
export function labelWrites(
  { plan, written }: Pick<Journal, 'plan' | 'written'>,
  planned: readonly PlannedNamespace[],
  { namespaces }: Pick<MeshSnapshot, 'namespaces'>,
): readonly Write[] {
  const restores = labelRestores(written);
  return labelWishes(planned, (namespace) => movedLabels(plan, namespace)).flatMap(({ name, labels, found }) => {
    const current = namespaces.find((each) => each.name === name)?.labels;
    if (current === undefined || foreignLabels(restores, { kind: 'Namespace', name }, found, current).length > 0)
      return [];
    const isSame = Object.keys(differences(current, labels)).length === 0;
    return isSame ? [] : [{ what: 'label change', kind: NAMESPACE, object: { name }, patch: { metadata: { labels } } }];
  });
}

/** Those that a restart would move, and has not moved to the target yet. */
export const toRestart = ({ target }: Pick<UpgradePlan, 'target'>, snapshot: MeshSnapshot): readonly Workload[] =>
  snapshot.workloads.filter(
    (workload) =>
      workload.requested !== undefined &&
      workload.immovable === 'none' &&
      !isSettled(podsOf(snapshot, workload), target),
  );

function restartOf({ ref }: Workload, nowMs: number): Write {
  const annotations = { [RESTARTED_AT]: new Date(nowMs).toISOString() };
  return {
    what: 'restart',
    kind: kindOf(ref),
    object: ref,
    patch: { spec: { template: { metadata: { annotations } } } },
  };
}

/** Each in turn, for as long as what it is about is gone. */
async function firstAnswer(cluster: ClusterPort, writes: readonly Write[]): Promise<string | undefined> {
  for (const { what, kind, object, patch } of writes) {
    try {
      await cluster.patch(kind, object, patch, { dryRun: true });
      return undefined;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (error.status !== 404)
        return `a dry-run ${what} of ${nameOf({ ...object, kind })} is refused: ${error.message}`;
    }
  }
  return undefined;
}

/** Not a server that is at its limits (408, 429), nor one that does not know us any more (401). */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && ![401, 408, 429].includes(error.status);
