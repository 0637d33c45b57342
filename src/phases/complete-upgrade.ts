// Phase 8 with what comes before it: under `relabel` the tag moves here and is judged once more; then the proof, then
// the removal. Decides nothing about whether the source should go; the plan says so.
import { NAMESPACE } from '../mesh/kinds.ts';
import type { RawMesh } from '../mesh/snapshot-of.ts';
import { withTagMoved } from '../mesh/tag-move.ts';
import { passedOverLimit, pastOfMoved } from '../plan/baseline.ts';
import { labelWishes, settledLabels } from '../plan/labels.ts';
import { podsOf } from '../plan/moves.ts';
import { keptLabels } from '../plan/kept-labels.ts';
import type { Outcome } from '../plan/outcome.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { SourceUse } from '../plan/source-use.ts';
import type { World } from '../ports/world.ts';
import type { Verdict } from '../slo/verdict.ts';
import { missingSource } from './await-source.ts';
import { readMesh } from './discover.ts';
import { verdictPasses } from './after-verdict.ts';
import { runGate } from './gate.ts';
import { namespacesThere } from './namespaces-there.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { switchTag } from './switch-tag.ts';
import { tagStands } from './tag-stands.ts';
import { proveUnused } from './prove-unused.ts';
import { uninstallSource, whatToRemove } from './uninstall-source.ts';
import { writeLabels } from './write-labels.ts';

/** Undefined: the source is gone, or kept as asked. */
export async function completeUpgrade(session: Session, settings: RunSettings): Promise<Outcome | undefined> {
  const { world } = session;
  const { plan } = session.journal();
  if (plan.strategy === 'relabel' && session.journal().tag !== 'done') {
    const stopped = await moveTagLast(session, settings);
    if (stopped !== undefined) return stopped;
  }
  await writeLabels(
    session,
    NAMESPACE,
    labelWishes([...plan.batches.flatMap((batch) => batch.namespaces), ...plan.gatewayNamespaces], (namespace) =>
      settledLabels(plan, namespace),
    ),
  );
  for (const sentence of keptLabels(session.journal())) world.log.line(sentence);
  if (plan.removeSource === 'keep') return undefined;
  const uses = await proveUnused(world, plan);
  if (uses.length > 0) return { kind: 'in-use', uses };
  if (plan.removeSource === 'verify') {
    const objects = await whatToRemove(world, plan);
    // Proved unused; what to delete, for those whose GitOps does it.
    if (objects.length > 0) return { kind: 'ready-to-remove', objects };
  }
  await uninstallSource(removing(session), plan);
  return undefined;
}

/** Its first deletion begins the removal, and is announced in one write with that: until then the source may still be kept. */
const removing = ({ world, journal, record }: Session): World => ({
  ...world,
  intend: async (what) => record(...(journal().complete === 'begun' ? [] : [COMPLETE_BEGUN]), { kind: 'intend', what }),
});

const COMPLETE_BEGUN = { kind: 'stage', stage: 'complete', status: 'begun' } as const;

/** `relabel`: refuses, with nothing written, what would stop it later; FAIL moves the tag back. */
async function moveTagLast(session: Session, settings: RunSettings): Promise<Outcome | undefined> {
  const { world } = session;
  const { plan, tag, tagVerdict } = session.journal();
  // It FAILED, and the tag is not back yet. Whether to try once more is for people to say, as after any FAIL.
  if (tag === 'begun' && tagVerdict?.kind === 'FAIL') return moveTagBack(session, settings, tagVerdict);
  const uses = await usesOnceMoved(world, plan);
  if (uses.length > 0) return { kind: 'in-use', uses };
  await session.record({ kind: 'stage', stage: 'tag', status: 'begun' });
  await session.record({
    kind: 'write',
    written: [{ kind: 'tag', tag: plan.tag, from: plan.source, to: plan.target }],
  });
  await switchTag(world, { tag: plan.tag, to: plan.target, istioNamespace: plan.istioNamespace });
  const names = joinedNames(plan);
  // A mesh of gateways only has nobody whose requests could tell.
  if (names.length > 0) {
    const verdict = await judgeTag(session, names);
    const passed = verdictPasses(session.journal(), 'tag', { verdict }, settings);
    if (passed === 'stops') {
      await session.record({ kind: 'judged', what: 'tag', verdict });
      return verdict.kind === 'FAIL' ? moveTagBack(session, settings, verdict) : heldBy(verdict);
    }
    await tagStands(session, { ...session.journal(), tag: 'done' });
    await session.record({ kind: 'judged', what: 'tag', verdict, ...passed }, TAG_DONE);
    return undefined;
  }
  await session.record(TAG_DONE);
  return undefined;
}

const TAG_DONE = { kind: 'stage', stage: 'tag', status: 'done' } as const;

/** Not to a source that cannot inject: what follows the tag would get no pods. */
async function moveTagBack(session: Session, { rolloutTimeoutMs }: RunSettings, verdict: Verdict): Promise<Outcome> {
  const { tag, source, istioNamespace } = session.journal().plan;
  const missing = await missingSource(session.world, { source, istioNamespace }, rolloutTimeoutMs);
  if (missing !== undefined)
    return {
      kind: 'rollback-unfinished',
      outcome: { kind: 'no-source', reason: `tag ${tag} has to go back (${verdict.reason}), but ${missing}` },
    };
  await switchTag(session.world, { tag, to: source, istioNamespace });
  await session.record({ kind: 'stage', stage: 'tag', status: 'pending' });
  return heldBy(verdict);
}

const heldBy = (verdict: Verdict): Outcome => ({ kind: 'held', verdict, what: '`complete`' });

/** Who would still use the source with the tag on the target; where the source is kept, only who follows the tag and runs on it. */
async function usesOnceMoved(world: World, plan: UpgradePlan): Promise<readonly SourceUse[]> {
  const seenAs = (raw: RawMesh): RawMesh => withTagMoved(raw, { tag: plan.tag, to: plan.target });
  if (plan.removeSource !== 'keep') return proveUnused(world, plan, seenAs);
  const snapshot = await readMesh(world.cluster, plan.istioNamespace, seenAs);
  return snapshot.workloads
    .filter(({ requested }) => requested === plan.target)
    .flatMap((workload) => podsOf(snapshot, workload))
    .filter(({ injected }) => injected === plan.source)
    .map(({ namespace, name }) => ({
      kind: 'in-use',
      sentence: `pod ${namespace}/${name} follows tag ${plan.tag} and runs on ${plan.source}`,
    }));
}

async function judgeTag({ world, journal }: Session, names: readonly string[]): Promise<Verdict> {
  const { plan } = journal();
  const now = world.clock.now();
  return runGate(world, {
    settings: plan.gate,
    subject: { kind: 'batch', namespaces: names },
    unmoved: [],
    opened: new Map(names.map((name) => [name, now])),
    ...pastOfMoved(journal(), now),
    overBefore: passedOverLimit(journal()),
    isRolloutOver: () => true,
    target: plan.target,
    present: async () => namespacesThere(world.cluster),
    batchLabel: `after tag ${plan.tag} has moved`,
    signal: world.signal,
  });
}
