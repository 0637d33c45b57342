// `plan`: what would be done, what forbids it, and what the gate would have said over the last hour. Writes nothing.
import { TO_LOOK } from '../phases/check-install.ts';
import { rehearse } from '../phases/rehearse.ts';
import type { Finding } from '../mesh/finding.ts';
import type { Ending } from '../plan/ending.ts';
import type { Journal } from '../plan/journal.ts';
import { nextBatch } from '../plan/next-step.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { planLine } from '../plan/plan-line.ts';
import { joinedNames } from '../plan/plan-names.ts';
import { baselineEndMs, spoiltBy } from '../plan/baseline.ts';
import { isBatchBack, isOver } from '../plan/taken-back.ts';
import { stateOf } from '../plan/state-of.ts';
import { warnOfIdleAccepts } from './accepts-nothing.ts';
import { planLeft } from './go-on.ts';
import { damagedJournal, lostJournal } from './lost-journal.ts';
import { alreadyThereEnding, installFindings, makePlan } from './make-plan.ts';
import { refused, stopping } from './refusal.ts';
import { foreseenFindings } from './removal.ts';
import { cannotAct, cannotLook, lookAtPrometheus } from './preflight.ts';
import type { Run } from './run.ts';

export async function plan(run: Run): Promise<Ending> {
  const { config, world } = run;
  const blind = await cannotLook(run, 'plan');
  if (blind.length > 0) return refused(blind);
  const stored = await run.store.load();
  if (stored.kind === 'unreadable') return refused(await damagedJournal(run, stored.message));
  const lost = stored.kind === 'absent' ? await lostJournal(run, 'overridable') : [];
  const last = stored.kind === 'found' ? stored.journal : undefined;
  // Under `tag` the target already is what the tag points to: nothing that a plan could say would be true of this mesh.
  if (last !== undefined && isUnderWay(last)) return refused([underWay(last)], [], { journal: last, plan: last.plan });
  const nowMs = world.clock.now();
  const endMs = baselineEndMs(nowMs, spoiltBy(last));
  const goesOn = last !== undefined && isBatchBack(last) ? last : undefined;
  const made = goesOn === undefined ? await makePlan(run, last) : await planLeft(run, goesOn);
  if (made.alreadyThere) return alreadyThereEnding(run);
  if (made.plan !== undefined) world.log.line(planLine(made.plan, made.snapshot.controlPlanes));
  const findings = [
    ...lost,
    ...made.findings,
    ...(await cannotAct(run, 'plan')),
    ...readOnlyNotice(await cannotAct(run, 'upgrade', goesOn?.plan)),
  ];
  if (goesOn === undefined) findings.push(...(await installFindings(run, made, TO_LOOK)));
  if (made.plan !== undefined) findings.push(...(await foreseenFindings(run, 'plan', made.plan, made.snapshot)));
  const gate = made.plan?.gate ?? config.frozen.gate;
  let rehearsal: Ending['rehearsal'];
  if (world.prometheus !== undefined) {
    const found = await lookAtPrometheus(run, gate, made.snapshot.pods);
    findings.push(...found);
    if (made.plan !== undefined && found.every((finding) => finding.severity !== 'blocks')) {
      const { findings: more, ...rest } = await rehearse(world, {
        settings: gate,
        batches: leftOf(made.plan, goesOn).map(({ namespaces }) => namespaces.map(({ name }) => name)),
        controlPlanes: { source: made.plan.source, target: made.plan.target },
        overMs: config.run.rehearseMs,
        ...(endMs < nowMs ? { endMs } : {}),
      });
      findings.push(...more);
      rehearsal = rest;
    }
  }
  warnOfIdleAccepts(run, findings);
  const planned = made.plan;
  const seen = rehearsal === undefined ? {} : { rehearsal };
  if (planned === undefined || stopping(findings, config.run.accept).length > 0) {
    return refused(findings, config.run.accept, planned === undefined ? seen : { ...seen, plan: planned });
  }
  const state = stateOf(made.snapshot, planned, goesOn);
  if (goesOn !== undefined) return { ...leftEnding(goesOn), findings, state, ...seen };
  return {
    kind: 'planned',
    reasonCode: 'ok',
    sentence: `${planned.source} → ${planned.target}: ${String(planned.gateways.length)} gateways, then ${String(joinedNames(planned).length)} namespaces in ${String(planned.batches.length)} batches; plan ${planned.hash}`,
    next: `Run \`start\` or \`upgrade\` with plan-hash ${planned.hash}. Nothing was written.`,
    resumeCommand: 'start',
    findings,
    plan: planned,
    state,
    ...seen,
    ...(planned.batches.length > 0 ? { nextBatch: 1 } : {}),
  };
}

const isUnderWay = (journal: Journal): boolean => !isOver(journal) && !isBatchBack(journal);
const underWay = ({ plan: { source, target, hash }, id, startedBy, state }: Journal): Finding => ({
  id: 'upgrade-in-progress',
  severity: 'blocks',
  subject: 'journal',
  message: `an upgrade from ${source} to ${target} (plan ${hash}) is in progress since ${id}, begun by ${startedBy}; it is ${state}`,
  remedy:
    'Run `status`: it says where it is, and which command goes on. Plan the next one when it is completed or rolled back.',
});

/** The batches that have not passed; all of them where nothing has begun. */
const leftOf = ({ batches }: UpgradePlan, journal: Journal | undefined): UpgradePlan['batches'] =>
  batches.filter(({ number }) => journal?.batches.find((record) => record.number === number)?.status !== 'passed');

/** One batch went back: the plan is the one that was begun, and what has passed is not planned again. */
function leftEnding(journal: Journal): Omit<Ending, 'findings'> {
  const { plan: begun } = journal;
  const next = nextBatch(journal);
  const left = leftOf(begun, journal);
  return {
    kind: 'planned',
    reasonCode: 'ok',
    sentence: `${begun.source} → ${begun.target}: batch ${String(next ?? '')} was rolled back; of plan ${begun.hash} ${String(left.length)} of ${String(begun.batches.length)} batches are left, with ${String(joinedNames({ batches: left }).length)} namespaces`,
    next: `Run \`upgrade\` or \`promote\` with plan-hash ${begun.hash}: it goes on with batch ${String(next ?? '')}. Nothing was written.`,
    resumeCommand: `promote --batch ${String(next ?? '')} --plan-hash ${begun.hash}`,
    plan: begun,
    journal,
    ...(next === undefined ? {} : { nextBatch: next }),
  };
}

/** A plan needs no right to write; whoever runs the rest does. */
function readOnlyNotice(missing: readonly Finding[]): readonly Finding[] {
  if (missing.length === 0) return [];
  return [
    {
      id: 'read-only',
      severity: 'notice',
      subject: 'credentials',
      message: `these credentials may plan, but not \`upgrade\`: they lack ${missing.map(({ subject }) => subject).join(', ')}`,
      remedy: 'Run `upgrade`, or `start` and what follows it, with the roles of docs/rbac.',
    },
  ];
}
