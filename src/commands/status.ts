// `status`: where is the upgrade, and how does what has moved fare? Rebuilds it from the journal and the cluster; writes nothing.
import { readMesh } from '../phases/discover.ts';
import { judgeMoved } from '../phases/judge-moved.ts';
import type { Ending } from '../plan/ending.ts';
import type { Journal } from '../plan/journal.ts';
import { nextBatch } from '../plan/next-step.ts';
import { planLine } from '../plan/plan-line.ts';
import { isBatchBack, isOver, onFromBatch } from '../plan/taken-back.ts';
import { stateOf } from '../plan/state-of.ts';
import { damagedJournal, lostJournal } from './lost-journal.ts';
import { refused } from './refusal.ts';
import { cannotLook, glanceAtPrometheus } from './preflight.ts';
import type { Run } from './run.ts';

export async function status(run: Run): Promise<Ending> {
  const { world, store, lease } = run;
  const blind = await cannotLook(run, 'status');
  if (blind.length > 0) return refused(blind);
  const stored = await store.load();
  if (stored.kind === 'unreadable') return refused(await damagedJournal(run, stored.message));
  if (stored.kind === 'absent') {
    const lost = await lostJournal(run, 'blocks');
    const [first] = lost;
    if (first !== undefined)
      return {
        kind: 'status',
        reasonCode: first.id,
        sentence: first.message,
        next: `${first.remedy} Doing nothing is safe.`,
        findings: lost,
      };
    return {
      kind: 'status',
      reasonCode: 'idle',
      sentence: 'no upgrade is in progress',
      next: 'Run `plan`.',
      findings: [],
    };
  }
  const { journal } = stored;
  const { plan } = journal;
  const holder = await lease.holder();
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  world.log.line(planLine(plan, snapshot.controlPlanes));
  await glanceAtPrometheus(run, plan.gate);
  const state = stateOf(snapshot, plan, journal);
  const next = nextBatch(journal);
  const over = isOver(journal);
  const reasonCode = over
    ? 'idle'
    : holder !== undefined
      ? 'in-progress'
      : isWaiting(journal)
        ? 'waiting'
        : 'abandoned';
  const verdict =
    (over ? undefined : await judgeMoved(world, journal)) ??
    journal.tagVerdict ??
    journal.soakVerdict ??
    journal.batches.findLast((batch) => batch.verdict !== undefined)?.verdict ??
    journal.gatewayVerdict;
  return {
    kind: 'status',
    reasonCode,
    sentence: `${plan.source} → ${plan.target}: ${isBatchBack(journal) ? `batch ${String(next ?? '')} rolled back` : journal.state}, ${String(state.moved)} of ${String(state.total)} namespaces on ${plan.target}${holder === undefined ? '' : `; ${holder.holder} works on it since ${holder.since}`}`,
    next: nextText(reasonCode, journal, next),
    ...(over ? {} : { resumeCommand: resumeOf(journal, next) }),
    findings: [],
    plan,
    journal,
    state,
    ...(verdict === undefined ? {} : { verdict }),
    ...(next === undefined ? {} : { nextBatch: next }),
  };
}

/** Between two commands, with nothing begun and unfinished: someone has to say "go on". */
function isWaiting(journal: Journal): boolean {
  if (journal.state === 'held' || isBatchBack(journal)) return true;
  const stages = [journal.install, journal.pin, journal.tag, journal.gateways, journal.soak, journal.complete];
  return (
    journal.state === 'in-progress' &&
    journal.gateways === 'done' &&
    !stages.includes('begun') &&
    journal.batches.every(({ status: batch }) => batch === 'open' || batch === 'passed')
  );
}

function resumeOf(journal: Journal, next: number | undefined): string {
  // `rollback` would take back the batches that passed, too.
  if (journal.state === 'rolling-back') return journal.decision?.scope === 'batch' ? 'promote' : 'rollback';
  if (isBatchBack(journal)) return 'plan';
  if (journal.gateways !== 'done') return 'start';
  if (next !== undefined) return `promote --batch ${String(next)}`;
  return journal.soak === 'begun' ? 'upgrade' : 'complete';
}

function nextText(reasonCode: string, journal: Journal, next: number | undefined): string {
  const goesBack = journal.state === 'rolling-back';
  const isSafe = !goesBack && journal.complete === 'pending';
  switch (reasonCode) {
    case 'idle':
      return 'Nothing is in progress.';
    case 'in-progress':
      return `Wait for it${goesBack ? '' : ', or run `rollback`: it asks the other run to stop'}.`;
    case 'waiting':
      return `${waitsFor(journal, next)} Doing nothing is safe.`;
    default:
      return [
        `Nobody works on it: run \`${resumeOf(journal, next)}\`, or what was interrupted, again: it goes on where it stopped${goesBack ? '' : '; or `rollback`'}.`,
        ...(isSafe ? ['Doing nothing for now is safe: both control planes run.'] : []),
      ].join(' ');
  }
}

function waitsFor(journal: Journal, next: number | undefined): string {
  if (isBatchBack(journal)) return onFromBatch(journal);
  if (journal.gateways !== 'done')
    return 'Run `start` (or `upgrade`) again: it goes on where it stopped; or `rollback`.';
  if (next !== undefined) return `Run \`promote\` for batch ${String(next)}, or \`rollback\`.`;
  return journal.soak === 'begun'
    ? 'Run `upgrade`, which watches once more and then completes, or `rollback`.'
    : 'Run `complete` to remove the source, or `rollback`.';
}
