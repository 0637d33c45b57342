// May this command go on, with which plan, journal and batch? Everything that can be checked is checked, and nothing is written.
import type { Command } from '../config/config.ts';
import { type Finding, told, withRemedy } from '../mesh/finding.ts';
import { readMesh } from '../phases/discover.ts';
import { admit, type Admission } from '../plan/admission.ts';
import type { Ending } from '../plan/ending.ts';
import type { Journal } from '../plan/journal.ts';
import { nextBatch } from '../plan/next-step.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { planLine } from '../plan/plan-line.ts';
import { isSameScope } from '../plan/same-scope.ts';
import { undoneSince } from '../plan/undone-since.ts';
import { goingForward, wayBackFindings } from '../plan/way-back.ts';
import { assertNever } from '../shared/assert-never.ts';
import { warnOfIdleAccepts } from './accepts-nothing.ts';
import { baselineOfKnown, baselineOfNew, onlyNextStops, overBefore } from './baseline.ts';
import { goOnFindings, keptIfAsked, otherCluster } from './go-on.ts';
import { damagedJournal, lostJournal } from './lost-journal.ts';
import { alreadyThereEnding, installFindings, makePlan } from './make-plan.ts';
import { cannotAct, cannotLook, preflight } from './preflight.ts';
import { refused, stopping } from './refusal.ts';
import { foretell, removalFindings } from './removal.ts';
import type { Run } from './run.ts';

export type Carrying = Exclude<Command, 'plan' | 'status'>;
export interface Ready {
  readonly kind: 'ready';
  readonly plan: UpgradePlan;
  readonly journal?: Journal;
  /** The journal of the attempt before, which a new one replaces. */
  readonly last?: Journal;
  readonly batch?: number;
  /** Gateways and namespaces that were over their limit before, as was accepted. */
  readonly overBefore: readonly string[];
}

/** What to go on with; or the ending, where there is nothing to do or a finding forbids it. */
export async function prepare(run: Run, command: Carrying): Promise<Ready | Ending> {
  const { config, store, context } = run;
  const blind = await cannotLook(run, command);
  if (blind.length > 0) return refused(blind);
  const stored = await store.load();
  if (stored.kind === 'unreadable') return refused(await damagedJournal(run, stored.message));
  const journal = stored.kind === 'found' ? keptIfAsked(stored.journal, config) : undefined;
  const isNew = command === 'start' || command === 'upgrade';
  const lost = journal === undefined ? await lostJournal(run, isNew ? 'overridable' : 'blocks') : [];
  if (lost.length > 0 && !isNew) return refused(lost);
  const { targetRevision } = config.frozen;
  const admission = admit(
    {
      command,
      batch: config.run.batch,
      runAttempt: context.attempt,
      ...(targetRevision === undefined ? {} : { target: targetRevision }),
      ...(config.run.planHash === undefined ? {} : { planHash: config.run.planHash }),
    },
    journal,
  );
  switch (admission.kind) {
    case 'refuse':
      return refused([admissionFinding(admission)], [], journal === undefined ? {} : { journal, plan: journal.plan });
    case 'nothing-to-do':
      return nothingToDo(admission.sentence, journal);
    case 'begin':
      return prepareNew(run, command, lost, journal);
    case 'was-completed':
    case 'go-on':
      if (journal === undefined) return refused(await damagedJournal(run, 'there is no journal'));
      return admission.kind === 'go-on'
        ? prepareKnown(run, command, journal, admission.batch)
        : prepareCompleted(run, command, journal);
    default:
      return assertNever(admission);
  }
}

async function prepareNew(
  run: Run,
  command: Carrying,
  lost: readonly Finding[],
  last: Journal | undefined,
): Promise<Ready | Ending> {
  const { config, world } = run;
  const made = await makePlan(run, last);
  if (made.alreadyThere) return alreadyThereEnding(run);
  if (made.plan !== undefined) world.log.line(planLine(made.plan, made.snapshot.controlPlanes));
  const baseline = made.plan && baselineOfNew(made.plan, made.snapshot, world.clock.now(), last);
  const findings = [
    ...lost,
    ...made.findings,
    ...(await preflight(run, command, made.snapshot, made.plan, firstIn(made.plan), baseline)),
  ];
  if (made.plan !== undefined) {
    findings.push(...hashFinding(config.run.planHash, made.plan.hash));
    findings.push(...(await installFindings(run, made)));
    findings.push(...(await removalFindings(run, command, made.plan, findings)));
  }
  tell(run, findings);
  warnOfIdleAccepts(run, findings);
  if (made.plan === undefined || stopping(findings, config.run.accept).length > 0)
    return refused(findings, config.run.accept, made.plan === undefined ? {} : { plan: made.plan });
  await foretell(run, command, made.plan, made.snapshot);
  return { kind: 'ready', plan: made.plan, overBefore: overBefore(findings), ...(last === undefined ? {} : { last }) };
}

/**
 * Somebody may have taken back by hand what was completed: then it is not there, whatever the journal says. And what was completed may
 * have been the upgrade of another tag, or of other namespaces, than this run asks for.
 */
async function prepareCompleted(run: Run, command: Carrying, journal: Journal): Promise<Ready | Ending> {
  const { plan, updatedAt } = journal;
  const isNew = command === 'start' || command === 'upgrade';
  if (isNew && !isSameScope(run.config.frozen, plan)) return prepareNew(run, command, [], journal);
  const undone = undoneSince(journal, await readMesh(run.world.cluster, plan.istioNamespace));
  const then = `the upgrade to ${plan.target} was completed at ${updatedAt}`;
  if (undone.length === 0) return nothingToDo(`${then}, and the mesh runs on it`, journal);
  if (isNew) return prepareNew(run, command, [], journal);
  const message = `${then}, and since then the mesh was changed: ${undone.join('; ')}`;
  const remedy = 'Run `start` or `upgrade` to move it again.';
  return refused([admissionFinding({ id: 'no-upgrade', message, remedy })], [], { journal, plan });
}

const nothingToDo = (sentence: string, journal: Journal | undefined): Ending => ({
  kind: 'nothing-to-do',
  reasonCode: 'idle',
  sentence,
  next: 'Nothing is left to do.',
  findings: [],
  ...(journal === undefined ? {} : { journal, plan: journal.plan }),
});

/** `rollback` asks for nothing but the cluster, with the source in it. */
async function prepareKnown(
  run: Run,
  command: Carrying,
  stored: Journal,
  batch: number | undefined,
): Promise<Ready | Ending> {
  const { config, world } = run;
  const { plan } = stored;
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  const journal = command === 'complete' ? goingForward(stored, snapshot) : stored;
  world.log.line(planLine(plan, snapshot.controlPlanes));
  const isStarted = command === 'start' && journal.gateways === 'done';
  const baseline = isStarted
    ? undefined
    : baselineOfKnown(journal, snapshot, world.clock.now(), command === 'promote' ? batch : undefined);
  // A rollback that is under way is finished first, whatever was asked for, and nothing may keep it from going on.
  const findings: Finding[] =
    command === 'rollback' || journal.state === 'rolling-back'
      ? [
          ...otherCluster(journal, snapshot),
          ...wayBackFindings(snapshot, journal),
          ...(await cannotAct(run, command, plan)).map(asNotice),
        ]
      : [
          ...goOnFindings(run, journal, snapshot),
          ...hashFinding(config.run.planHash, plan.hash),
          ...(command === 'complete' ? sightFindings(run, journal) : []),
          ...onlyNextStops(await preflight(run, command, snapshot, plan, nextIn(journal), baseline), journal, config),
        ];
  if (journal.state !== 'rolling-back') findings.push(...(await removalFindings(run, command, plan, findings)));
  tell(run, findings);
  if (stopping(findings, config.run.accept).length > 0) return refused(findings, config.run.accept, { plan, journal });
  return { kind: 'ready', plan, journal, overBefore: overBefore(findings), ...(batch === undefined ? {} : { batch }) };
}

/** What is moved first: the gateways (0), where there are any. */
const firstIn = (plan: UpgradePlan | undefined): number => (plan?.gateways.length === 0 ? 1 : 0);
const nextIn = (journal: Journal): number | undefined =>
  journal.gateways === 'done' ? nextBatch(journal) : firstIn(journal.plan);

/** A rollback is not refused: what it may do, it does, and where it is stopped it says so. */
const asNotice = (finding: Finding): Finding => ({
  ...finding,
  severity: 'notice',
  message: withRemedy(finding),
});

/** Under `relabel` the tag moves last, and is judged: not without eyes. */
function sightFindings({ world }: Run, { plan, tag }: Journal): readonly Finding[] {
  if (plan.strategy !== 'relabel' || tag === 'done' || world.prometheus !== undefined) return [];
  return [
    {
      id: 'prometheus-url-missing',
      severity: 'blocks',
      subject: 'input prometheus-url',
      message: `\`complete\` moves tag ${plan.tag} under \`strategy: relabel\`, and judges what comes of it`,
      remedy: 'Give prometheus-url, as to `promote`.',
    },
  ];
}

function hashFinding(approved: string | undefined, hash: string): readonly Finding[] {
  if (approved === undefined || approved === hash) return [];
  return [
    {
      id: 'plan-hash',
      severity: 'blocks',
      subject: 'input plan-hash',
      message: `the approved plan is ${approved}, and the plan of this mesh and these inputs is ${hash}`,
      remedy: 'Run `plan`, have it approved, and give its hash.',
    },
  ];
}

function tell({ world }: Run, findings: readonly Finding[]): void {
  for (const finding of findings) {
    if (finding.severity === 'notice') world.log.line(`notice ${finding.id}: ${told(finding)}`);
  }
}

const admissionFinding = (admission: Omit<Extract<Admission, { kind: 'refuse' }>, 'kind'>): Finding => ({
  id: admission.id,
  severity: 'blocks',
  subject: 'journal',
  message: admission.message,
  remedy: admission.remedy,
});
