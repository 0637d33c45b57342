// Would the API server take what a batch, or the gateways, write first? Asked with server-side dry runs, which are authorized and admitted
// like the real thing; nothing is written.
import { NAMESPACE, nameOf, WORKLOAD_KINDS, type Kind, type KubeObject } from '../mesh/kinds.ts';
import { RESTARTED_AT } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { labelWishes, movedLabels } from '../plan/labels.ts';
import type { PlannedNamespace, UpgradePlan } from '../plan/plan.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import type { JsonObject } from '../shared/json.ts';

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
  cluster: ClusterPort,
  { namespaces, workloads, nowMs }: FirstWrites,
): Promise<string | undefined> {
  const restarts = Map.groupBy(workloads.filter(isRestartable), ({ ref }) => ref.namespace);
  const alternatives = [
    ...namespaces.map((write) => [write]),
    ...[...restarts.values()].map((each) => each.map((workload) => restartOf(workload, nowMs))),
  ];
  const reasons = new Map<number, string>();
  await inParallel([...alternatives.entries()], AT_ONCE, async ([index, writes]) => {
    const reason = await firstAnswer(cluster, writes);
    if (reason !== undefined) reasons.set(index, reason);
  });
  const [first] = [...reasons].toSorted(([a], [b]) => a - b);
  return first?.[1];
}

export interface FirstWrites {
  readonly namespaces: readonly Write[];
  readonly workloads: readonly Workload[];
  readonly nowMs: number;
}

/** Of the namespaces that are there, those whose labels change. */
export const labelWrites = (
  plan: UpgradePlan,
  planned: readonly PlannedNamespace[],
  { namespaces }: Pick<MeshSnapshot, 'namespaces'>,
): readonly Write[] =>
  labelWishes(planned, (namespace) => movedLabels(plan, namespace)).flatMap(({ name, labels }) => {
    const current = namespaces.find((each) => each.name === name)?.labels;
    const isSame = current === undefined || Object.entries(labels).every(([key, to]) => (current[key] ?? null) === to);
    return isSame ? [] : [{ what: 'label change', kind: NAMESPACE, object: { name }, patch: { metadata: { labels } } }];
  });

const isRestartable = ({ requested, immovable }: Workload): boolean => requested !== undefined && immovable === 'none';

function restartOf({ ref }: Workload, nowMs: number): Write {
  const annotations = { [RESTARTED_AT]: new Date(nowMs).toISOString() };
  const kind = WORKLOAD_KINDS.find((each) => each.kind === ref.kind);
  if (kind === undefined) throw new TypeError(`no kind ${ref.kind}`);
  return { what: 'restart', kind, object: ref, patch: { spec: { template: { metadata: { annotations } } } } };
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
