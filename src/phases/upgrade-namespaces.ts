// Phases 5 and 6: moves one batch to the target and judges it. The gate looks while the batch still rolls, and its
// FAIL stops further restarts. Decides nothing about what follows.
import { baselineEndMs, pastOfMoved } from '../plan/baseline.ts';
import { labelWishes, movedLabels } from '../plan/labels.ts';
import { isOutOfBatch } from '../plan/out-of-batch.ts';
import { passedNames } from '../plan/plan-names.ts';
import { movesOf, type Moves } from '../plan/moves.ts';
import type { PlannedBatch, PlannedNamespace } from '../plan/plan.ts';
import { stampOf, stampsInVain } from '../plan/stamps.ts';
import { templateLabelsFor } from '../plan/template-labels.ts';
import { NAMESPACE } from '../mesh/kinds.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { Verdict } from '../slo/verdict.ts';
import { unlessContested } from './contested.ts';
import { runGate } from './gate.ts';
import { namespacesThere } from './namespaces-there.ts';
import { recordTemplates } from './record-templates.ts';
import { movesWithoutVain } from './restart-again.ts';
import { roll } from './roll.ts';
import type { RollOutcome } from './roll-outcome.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { rolloutVerdict, stageVerdict, withMeasured, withRollout, type StageVerdict } from './rollout-verdict.ts';
import { settledMesh } from './settled-mesh.ts';
import { writeLabels } from './write-labels.ts';

/** The batch has a verdict. Run again, it restarts nothing twice and judges in a fresh window. */
export async function upgradeBatch(
  session: Session,
  batch: PlannedBatch,
  settings: RunSettings,
): Promise<StageVerdict> {
  const { world } = session;
  const { plan } = session.journal();
  await session.record({ kind: 'batch', number: batch.number, status: 'rolling' });
  await session.record({ kind: 'restarting', stage: { batch: batch.number } });
  const relabelled = await relabel(session, batch.namespaces);
  const names = batch.namespaces.map((namespace) => namespace.name);
  const snapshot = await settledMesh(
    session,
    (mesh, evenIfUnavailable) => batchMoves(session, mesh, batch, evenIfUnavailable).items,
  );
  const stage = { by: batch.number, to: plan.target };
  const moves = await movesWithoutVain(session, stage, snapshot, () => batchMoves(session, snapshot, batch));
  const restartedAt = stampOf(session.journal(), batch.number) ?? '';
  const firstAt = stampsInVain(session.journal(), batch.number)[0] ?? restartedAt;
  const { items } = moves;
  await recordTemplates(session, snapshot, items);
  for (const sentence of moves.leftOver) world.log.warning(sentence);
  const sentences = [...relabelled, ...moves.leftOver];
  await session.record({ kind: 'left-over', by: batch.number, sentences });

  const opened = new Map<string, number>();
  const still = new Set(items.map((item) => item.ref.namespace));
  for (const name of names) if (!still.has(name)) opened.set(name, world.clock.now());
  let rolling = true;
  const stopGate = new AbortController();
  const stopRoll = new AbortController();
  const rollout = roll(session, {
    title: names.length === 1 ? (names[0] ?? '') : `batch ${String(batch.number)}`,
    items,
    expected: plan.target,
    restartedAt,
    timeoutMs: settings.rolloutTimeoutMs,
    maxInFlight: settings.maxRestarting,
    onNamespaceDone: (namespace, readySinceMs) => opened.set(namespace, Math.max(readySinceMs, 0) || world.clock.now()),
    signal: stopRoll.signal,
  }).finally(() => {
    rolling = false;
  });
  const gate = runGate(world, {
    settings: plan.gate,
    subject: { kind: 'batch', namespaces: names },
    unmoved: plan.batches
      .filter((other) => other.number > batch.number)
      .flatMap((other) => other.namespaces.map((namespace) => namespace.name)),
    watched: passedNames(session.journal()),
    ...(settings.overBefore === undefined ? {} : { overBefore: settings.overBefore }),
    opened,
    beganMs: baselineEndMs(Date.parse(firstAt), session.journal().spoilt),
    watchedBeganMs: pastOfMoved(session.journal(), world.clock.now()).beganMs,
    isRolloutOver: () => !rolling,
    source: plan.source,
    target: plan.target,
    present: async () => namespacesThere(world.cluster),
    batchLabel: `batch ${String(batch.number)}`,
    signal: AbortSignal.any([stopGate.signal, world.signal]),
  });
  try {
    const first = await Promise.race([
      rollout.then((outcome) => ({ kind: 'rollout', outcome }) as const),
      gate.then((verdict) => ({ kind: 'gate', verdict }) as const),
    ]);
    if (first.kind === 'gate' && !isAccepted(session, batch, first.verdict, settings)) {
      stopRoll.abort();
      const outcome = await rollout.catch(() => undefined);
      const verdict = withRollout(first.verdict, outcome);
      return stageVerdict(await unlessContested(session, names, verdict), outcome);
    }
    const outcome = await rollout;
    const verdict = await afterRollout(session, batch, outcome, { verdict: gate, stop: stopGate });
    return stageVerdict(await unlessContested(session, names, verdict), outcome);
  } finally {
    stopGate.abort();
    stopRoll.abort();
    await Promise.allSettled([rollout, gate]);
  }
}

/** A HOLD that passes anyway does not keep the rest of the batch from being restarted. */
const isAccepted = (
  session: Session,
  { number }: PlannedBatch,
  { kind, reasonCode }: Verdict,
  { acceptHold }: RunSettings,
): boolean => kind === 'HOLD' && reasonCode === acceptHold && !session.journal().failed.includes(number);

/** What of the batch is not on the target: to be restarted, followed, or named. */
export function batchMoves(
  session: Session,
  snapshot: MeshSnapshot,
  batch: PlannedBatch,
  evenIfUnavailable = false,
): Moves {
  const { plan } = session.journal();
  const workloads = snapshot.workloads.filter((workload) => !isOutOfBatch(plan, snapshot, workload));
  return movesOf({
    snapshot: { ...snapshot, workloads },
    namespaces: batch.namespaces.map(({ name }) => name),
    to: plan.target,
    templateLabels: templateLabelsFor(plan, snapshot, batch.namespaces),
    restartedAt: stampOf(session.journal(), batch.number) ?? '',
    inVain: stampsInVain(session.journal(), batch.number),
    evenIfUnavailable,
  });
}

async function afterRollout(
  session: Session,
  batch: PlannedBatch,
  outcome: RollOutcome,
  gate: { readonly verdict: Promise<Verdict>; readonly stop: AbortController },
): Promise<Verdict> {
  const broken = rolloutVerdict(outcome, session.world.clock.now());
  if (broken === undefined) {
    await session.record({ kind: 'batch', number: batch.number, status: 'baking' });
    return gate.verdict;
  }
  gate.stop.abort();
  return withMeasured(broken, await gate.verdict);
}

/** Sentences: namespaces that were left alone, because somebody else relabelled them. */
async function relabel(session: Session, namespaces: readonly PlannedNamespace[]): Promise<readonly string[]> {
  const { plan } = session.journal();
  const wishes = labelWishes(namespaces, (namespace) => movedLabels(plan, namespace));
  return writeLabels(session, NAMESPACE, wishes);
}
