// Phase 7, the way back: the tag, then every label we wrote, then the pods. Restores only what still holds what we
// wrote, restarts only what runs on the target (or lost its sidecar to us) and would come back on the source, and needs nothing but
// the cluster.
import { API_GATEWAY, DEPLOYMENT, NAMESPACE, nameOf, type KubeObject } from '../mesh/kinds.ts';
import { asRevision, asTag } from '../mesh/names.ts';
import type { MeshSnapshot, Workload, WorkloadRef } from '../mesh/snapshot.ts';
import type { Journal } from '../plan/journal.ts';
import { heldBackLabels, labelWishes } from '../plan/labels.ts';
import { movesOf, podsOf } from '../plan/moves.ts';
import { judgeRestore, labelRestores, tagRestore, type LabelRestore } from '../plan/restore.ts';
import { templateLabelsToHoldBack } from '../plan/template-labels.ts';
import { readMesh } from './discover.ts';
import { recordTemplates } from './record-templates.ts';
import { kindOf, roll, type RollOutcome } from './roll.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { switchTag } from './switch-tag.ts';
import { writeLabels, type LabelWish } from './write-labels.ts';

export interface RollbackResult {
  readonly outcome: RollOutcome;
  /** Namespaces whose workloads went back, for the gate to look at again. */
  readonly namespaces: readonly string[];
  /** ms since the epoch, by namespace and by workload (`namespace/name`): when its last pod was Ready again. */
  readonly opened: ReadonlyMap<string, number>;
}

/** Everything the decision names runs on the source again, or the journal says what does not. Run again, it goes on. */
export async function rollBack(session: Session, settings: RunSettings): Promise<RollbackResult> {
  const { world } = session;
  const { plan, decision } = session.journal();
  const batch = decision?.scope === 'batch' ? plan.batches.find(({ number }) => number === decision.batch) : undefined;
  await session.record({ kind: 'restarting', stage: 'rollback' });
  const leftOver: string[] = [];
  if (batch === undefined) {
    leftOver.push(...(await restoreTag(session)));
    leftOver.push(...(await restoreLabels(session)));
  } else {
    await holdBack(session, batch.namespaces);
  }
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  const restores =
    batch === undefined
      ? await templateRestores(session, snapshot, leftOver)
      : templateLabelsToHoldBack(snapshot, batch.namespaces, plan.target, plan.source);
  const namespaces = orderedNamespaces(
    session,
    snapshot,
    batch?.namespaces.map(({ name }) => name),
  );
  const restartedAt = session.journal().rollbackRestartedAt ?? '';
  const moves = movesOf({
    snapshot,
    namespaces,
    to: plan.source,
    templateLabels: restores,
    restartedAt,
    evenIfUnavailable: true,
  });
  const sentences = [...new Set([...leftOver, ...moves.leftOver])];
  await session.record({ kind: 'left-over', by: 'rollback', sentences });
  const ours = ourRestarts(session.journal());
  const items = moves.items.filter(
    ({ ref, how }) => how.kind !== 'restart' || isOfOurs(snapshot, ref, plan.target, ours),
  );
  if (batch !== undefined) await recordTemplates(session, snapshot, items);
  const opened = new Map<string, number>();
  const outcome = await roll(session, {
    title: 'rollback',
    items,
    expected: plan.source,
    restartedAt,
    timeoutMs: settings.rolloutTimeoutMs,
    maxInFlight: settings.maxRestarting,
    replaceStuck: true,
    onNamespaceDone: (namespace, readySinceMs) => opened.set(namespace, readySinceMs || world.clock.now()),
    onWorkloadDone: ({ namespace, name }, readySinceMs) =>
      opened.set(`${namespace}/${name}`, readySinceMs || world.clock.now()),
    signal: world.signal,
  });
  return {
    outcome,
    namespaces: [...new Set(items.map((item) => item.ref.namespace))],
    opened,
  };
}

async function restoreTag(session: Session): Promise<readonly string[]> {
  const { world } = session;
  const { plan, written } = session.journal();
  const move = tagRestore(written);
  if (move === undefined) return [];
  const { tags } = await readMesh(world.cluster, plan.istioNamespace);
  const current = tags.find(({ tag }) => tag === move.tag)?.revision;
  if (current !== move.to && current !== move.from)
    return [`tag ${move.tag} points to ${current ?? 'nothing'}, which we did not write: it is left as it is`];
  await switchTag(world, { tag: asTag(move.tag), to: asRevision(move.from), istioNamespace: plan.istioNamespace });
  return [];
}

async function restoreLabels(session: Session): Promise<readonly string[]> {
  const { cluster } = session.world;
  const leftOver: string[] = [];
  for (const kind of [NAMESPACE, API_GATEWAY] as const) {
    const wishes: LabelWish[] = [];
    for (const restore of labelRestores(session.journal().written)) {
      if (restore.where !== 'metadata' || restore.object.kind !== kind.kind) continue;
      const object = await cluster.get<KubeObject>(kind, restore.object.name, restore.object.namespace);
      if (object === undefined) continue;
      const labels = restorable(restore, object.metadata.labels ?? {}, nameOf({ ...restore.object, kind }), leftOver);
      if (Object.keys(labels).length > 0) wishes.push({ ...restore.object, labels });
    }
    await writeLabels(session, kind, wishes);
  }
  return leftOver;
}

/** The labels to write; what somebody else wrote since is told in `leftOver`. */
function restorable(
  restore: LabelRestore,
  current: Readonly<Record<string, string>>,
  name: string,
  leftOver: string[],
): Record<string, string | null> {
  const labels: Record<string, string | null> = {};
  for (const label of restore.labels) {
    const value = current[label.key] ?? null;
    const judgement = judgeRestore(label, value);
    if (judgement === 'restore') labels[label.key] = label.original;
    if (judgement === 'someone-else')
      leftOver.push(`${name}: ${label.key} is ${value ?? 'absent'}, which we did not write: it is left as it is`);
  }
  return labels;
}

async function holdBack(session: Session, namespaces: Parameters<typeof templateLabelsToHoldBack>[1]): Promise<void> {
  const { plan } = session.journal();
  await writeLabels(
    session,
    NAMESPACE,
    labelWishes(namespaces, (namespace) => heldBackLabels(plan, namespace)),
  );
}

async function templateRestores(
  session: Session,
  snapshot: MeshSnapshot,
  leftOver: string[],
): Promise<ReadonlyMap<Workload, string | null>> {
  const found = new Map<Workload, string | null>();
  for (const restore of labelRestores(session.journal().written)) {
    if (restore.where !== 'template') continue;
    const workload = snapshot.workloads.find(
      ({ ref }) =>
        ref.kind === restore.object.kind &&
        ref.namespace === restore.object.namespace &&
        ref.name === restore.object.name,
    );
    if (workload === undefined) continue;
    const labels = restorable(
      restore,
      workload.templateLabels,
      nameOf({ ...restore.object, kind: restore.object.kind === 'Gateway' ? DEPLOYMENT : kindOf(workload.ref) }),
      leftOver,
    );
    for (const value of Object.values(labels)) found.set(workload, value);
  }
  return found;
}

/** Gateways first, then the batch in flight, then the rest newest first, then whatever drifted. */
function orderedNamespaces(
  session: Session,
  snapshot: MeshSnapshot,
  only: readonly string[] | undefined,
): readonly string[] {
  if (only !== undefined) return only;
  const { plan } = session.journal();
  const gateways = plan.gateways.map((gateway) =>
    gateway.kind === 'gateway-api' ? gateway.namespace : gateway.workload.namespace,
  );
  const batches = plan.batches.toReversed().flatMap((batch) => batch.namespaces.map(({ name }) => name));
  const drifted = snapshot.pods.filter((pod) => pod.injected === plan.target).map((pod) => pod.namespace);
  return [...new Set([...gateways, ...batches, ...drifted])];
}

/** What our restarts wrote into pod templates. */
const ourRestarts = ({ gatewaysRestartedAt, batches }: Journal): ReadonlySet<string | undefined> =>
  new Set([gatewaysRestartedAt, ...batches.map(({ restartedAt }) => restartedAt)].filter((at) => at !== undefined));

/** Some of its pods run on the target, or lost their sidecar when we restarted them. */
function isOfOurs(
  snapshot: MeshSnapshot,
  { kind, namespace, name }: WorkloadRef,
  target: string,
  ours: ReadonlySet<string | undefined>,
): boolean {
  return snapshot.workloads
    .filter(({ ref }) => ref.kind === kind && ref.namespace === namespace && ref.name === name)
    .some((workload) =>
      podsOf(snapshot, workload).some(
        ({ injected }) => injected === target || (injected === undefined && ours.has(workload.restartedAt)),
      ),
    );
}
