// The driver: asks the journal what is next, runs that phase, writes down what came of it. Holds the decisions that
// follow from what a phase says, and nothing else.
import type { Command } from './config/config.ts';
import { isSourceServed } from './phases/await-source.ts';
import { holdPins } from './phases/hold-pins.ts';
import { installControlPlane, installIntent } from './phases/install-control-plane.ts';
import { stopOrRollBack, verdictPasses, withRefusal } from './phases/after-verdict.ts';
import { completeUpgrade } from './phases/complete-upgrade.ts';
import { readMesh } from './phases/discover.ts';
import { lastLook } from './phases/last-look.ts';
import { obstacleTo } from './phases/may-begin.ts';
import { leftByAccepting } from './phases/not-on-target.ts';
import { verifyDiscovery } from './phases/read-discovery.ts';
import { recoveryGate } from './phases/recovery-gate.ts';
import { rollBack } from './phases/roll-back.ts';
import type { StageVerdict } from './phases/rollout-verdict.ts';
import type { RunSettings } from './phases/run-settings.ts';
import type { Session } from './phases/session.ts';
import { soak } from './phases/soak.ts';
import { switchTag } from './phases/switch-tag.ts';
import { tagStands } from './phases/tag-stands.ts';
import { pinWaiting } from './phases/pin-waiting.ts';
import { upgradeBatch } from './phases/upgrade-namespaces.ts';
import { upgradeGateways } from './phases/upgrade-gateways.ts';
import type { Ending } from './plan/ending.ts';
import { endingOf } from './plan/ending-of.ts';
import { joiners } from './plan/joiners.ts';
import { nextBatch, nextStep, type Step } from './plan/next-step.ts';
import type { Outcome } from './plan/outcome.ts';
import type { PlannedBatch } from './plan/plan.ts';
import { whyItStays } from './plan/source-use.ts';
import { assertNever } from './shared/assert-never.ts';
import { Interrupted, LostLease } from './shared/errors.ts';

export interface Drive {
  readonly session: Session;
  readonly command: Exclude<Command, 'plan' | 'status'>;
  /** The batch that `promote` may move. */
  readonly batch?: number;
  readonly settings: RunSettings;
  /** ms since the epoch after which no batch is begun; absent without a limit. */
  readonly deadlineMs?: number;
}

/** Runs until the command has nothing left to do, or something stops it; the journal tells the same story. */
export async function drive(run: Drive): Promise<Ending> {
  const { session } = run;
  if (session.journal().state === 'rolled-back' && run.command !== 'rollback') await session.record({ kind: 'reopen' });
  if (session.journal().state === 'held') await session.record({ kind: 'state', state: 'in-progress' });
  for (;;) {
    const outcome = await runStep(run, stepOf(run));
    if (outcome !== undefined) return finish(run, outcome);
  }
}

function stepOf({ session, command, batch }: Drive): Step {
  return command === 'rollback' ? { kind: 'rollback' } : nextStep(session.journal(), command, batch);
}

/** What these move, or judge, follows the tag. */
const NEED_THE_TAG: ReadonlySet<Step['kind']> = new Set(['gateways', 'batch', 'soak', 'complete']);

/** Undefined: go on with the next step. */
async function runStep(run: Drive, step: Step): Promise<Outcome | undefined> {
  const { session } = run;
  const { world } = session;
  const { plan } = session.journal();
  if (NEED_THE_TAG.has(step.kind)) await tagStands(session);
  switch (step.kind) {
    case 'install':
      return world.log.group(`Control plane ${plan.target} (install: ${plan.install.kind})`, async () => {
        // Not by `begun`: that is written before it is known whether somebody else's helm is under way.
        const wasAnnounced = session.journal().timeline.some(({ text }) => text === installIntent(plan));
        await session.record({ kind: 'stage', stage: 'install', status: 'begun' });
        const { version } = await installControlPlane(world, plan, wasAnnounced);
        await verifyDiscovery(world.cluster, plan);
        await session.record({ kind: 'installed', ...(version === undefined ? {} : { version }) });
        return undefined;
      });
    case 'pin-waiting':
      return world.log.group(`Pin what waits to ${plan.source}`, async () => {
        await session.record({ kind: 'stage', stage: 'pin', status: 'begun' });
        await pinWaiting(session);
        await session.record({ kind: 'stage', stage: 'pin', status: 'done' });
        return undefined;
      });
    case 'move-tag':
      return world.log.group(`Tag ${plan.tag} → ${plan.target}`, async () => {
        await holdPins(session);
        await session.record({ kind: 'stage', stage: 'tag', status: 'begun' });
        await session.record({
          kind: 'write',
          written: [{ kind: 'tag', tag: plan.tag, from: plan.source, to: plan.target }],
        });
        await switchTag(world, { tag: plan.tag, to: plan.target, istioNamespace: plan.istioNamespace });
        await session.record({ kind: 'stage', stage: 'tag', status: 'done' });
        return undefined;
      });
    case 'gateways':
      return (
        (plan.gateways.length === 0 ? undefined : await notBegun(run, 'gateways')) ??
        world.log.group(`Gateways (${String(plan.gateways.length)})`, async () => {
          await holdPins(session);
          return judgedStep(run, 'gateways', async () => upgradeGateways(session, run.settings));
        })
      );
    case 'batch':
      return batchStep(run, step.number);
    case 'soak':
      return world.log.group('Soak: everything under watch', async () =>
        judgedStep(run, 'soak', async () => {
          const verdict = await soak(session);
          if (verdict?.kind !== 'FAIL') await tagStands(session);
          return verdict === undefined ? undefined : { verdict };
        }),
      );
    case 'complete':
      return world.log.group(`Remove ${plan.source}`, async () => completeStep(run));
    case 'rollback':
      return world.log.group(`Roll back to ${plan.source}`, async () => rollbackStep(run));
    case 'done':
      return { kind: 'done' };
    default:
      return assertNever(step);
  }
}

/** A stage whose verdict, where it has one, decides whether it is done. */
async function judgedStep(
  { session, settings }: Drive,
  stage: 'gateways' | 'soak',
  judge: () => Promise<StageVerdict | undefined>,
): Promise<Outcome | undefined> {
  await session.record({ kind: 'stage', stage, status: 'begun' });
  const judged = await judge();
  const done = { kind: 'stage', stage, status: 'done' } as const;
  if (judged === undefined) {
    await session.record(done);
    return undefined;
  }
  const passed = verdictPasses(session.journal(), stage, judged, settings);
  if (passed === 'stops') return stopOrRollBack(session, settings, withRefusal(judged, settings), stage);
  const left = passed.acceptedBy === undefined || stage === 'soak' ? [] : await leftByAccepting(session, stage);
  // In one write: a HOLD that was accepted is not asked about again.
  await session.record(...left, { kind: 'judged', what: stage, verdict: judged.verdict, ...passed }, done);
  return undefined;
}

/** Undefined where it may begin. */
async function notBegun(
  { session, settings, deadlineMs }: Drive,
  what: 'gateways' | PlannedBatch,
): Promise<Outcome | undefined> {
  const obstacle = await obstacleTo(session, what, settings, deadlineMs);
  if (obstacle === undefined) return undefined;
  await session.record({ kind: 'state', state: 'held' });
  return { kind: 'not-begun', obstacle, ...(what === 'gateways' ? {} : { batch: what.number }) };
}

async function batchStep(run: Drive, number: number): Promise<Outcome | undefined> {
  const { session, settings } = run;
  const { world } = session;
  const { plan } = session.journal();
  if (number === plan.batches.length) await letJoin(run, number);
  const batch = session.journal().plan.batches.find((candidate) => candidate.number === number);
  if (batch === undefined) return { kind: 'done' };
  const obstacle = await notBegun(run, batch);
  if (obstacle !== undefined) return obstacle;
  const names = batch.namespaces.map(({ name }) => name);
  return world.log.group(
    `Batch ${String(number)} of ${String(plan.batches.length)}: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ` and ${String(names.length - 10)} more` : ''}`,
    async () => {
      await holdPins(session, number);
      const judged = await upgradeBatch(session, batch, settings);
      const verdict = withRefusal(judged, settings);
      world.log.line(`batch ${String(number)}: ${verdict.kind} (${verdict.reasonCode}): ${verdict.reason}`);
      const passed = verdictPasses(session.journal(), number, judged, settings);
      if (passed === 'stops') return stopOrRollBack(session, settings, verdict, number);
      const left = passed.acceptedBy === undefined ? [] : await leftByAccepting(session, number);
      await session.record(...left, { kind: 'batch', number, status: 'passed', verdict, ...passed });
      return undefined;
    },
  );
}

/** A namespace created after the plan joins the last open batch. */
async function letJoin({ session }: Drive, batch: number): Promise<void> {
  const { world } = session;
  const { plan } = session.journal();
  const namespaces = joiners(plan, await readMesh(world.cluster, plan.istioNamespace));
  if (namespaces.length === 0) return;
  world.log.notice(
    `${namespaces.map(({ name }) => name).join(', ')}: created after the plan; joins batch ${String(batch)}`,
  );
  await session.record({ kind: 'joined', batch, namespaces });
}

async function completeStep({ session, settings, command }: Drive): Promise<Outcome | undefined> {
  const outcome = await completeUpgrade(session, settings);
  if (outcome === undefined) await session.record({ kind: 'stage', stage: 'complete', status: 'done' });
  if (outcome?.kind === 'held') await session.record({ kind: 'state', state: 'held' });
  // Without its istiod its removal has begun, by us or by its owner: from there the way leads forward only.
  if (outcome?.kind === 'in-use' || outcome?.kind === 'ready-to-remove') {
    const { plan, complete } = session.journal();
    const status = (await isSourceServed(session.world, plan)) ? 'pending' : 'begun';
    if (status !== complete) await session.record({ kind: 'stage', stage: 'complete', status });
  }
  if (outcome?.kind === 'in-use') {
    // `complete` is refused for it; an `upgrade` ends green, and nobody reads findings of what is green.
    if (command !== 'complete')
      for (const text of whyItStays(session.journal().plan.source, outcome.uses)) session.world.log.warning(text);
  }
  return outcome;
}

async function rollbackStep({ session, settings, command }: Drive): Promise<Outcome> {
  const { decision: taken, state } = session.journal();
  // Who asks for a rollback asks for all of it, also where one batch is on its way back.
  if (taken === undefined || state !== 'rolling-back' || (command === 'rollback' && taken.scope === 'batch')) {
    await session.record({
      kind: 'decide',
      decision: { scope: 'all', reason: `${settings.actor} asked for it`, by: settings.actor },
    });
  }
  const result = await rollBack(session, settings);
  const { outcome } = result;
  if (outcome.kind !== 'done') return { kind: 'rollback-unfinished', outcome };
  const { decision, batches } = session.journal();
  const recovery = await recoveryGate(session, result);
  const undone = batches.filter(
    (batch) => batch.status !== 'open' && (decision?.scope !== 'batch' || decision.batch === batch.number),
  );
  // In one write: killed before it, the rollback is gone on with, and judged.
  await session.record(
    ...(recovery === undefined ? [] : [{ kind: 'recovery', verdict: recovery } as const]),
    ...undone.map(({ number }) => ({ kind: 'batch', number, status: 'rolled-back' }) as const),
    { kind: 'state', state: 'rolled-back' },
  );
  return { kind: 'rolled-back', ...(recovery === undefined ? {} : { recovery }) };
}

async function finish({ session, command, batch }: Drive, outcome: Outcome): Promise<Ending> {
  const journal = session.journal();
  const state = await lastLook(session);
  const next = nextBatch(journal);
  const reason: unknown = session.world.signal.reason;
  return endingOf({
    outcome,
    command,
    journal,
    ...(state === undefined ? {} : { state }),
    ...(batch === undefined ? {} : { batch }),
    ...(next === undefined ? {} : { nextBatch: next }),
    ...(reason instanceof Interrupted || reason instanceof LostLease ? { stoppedBy: reason } : {}),
  });
}
