// May this command go on, with which plan, journal and batch? Everything that can be checked is checked, and nothing is written.
import type { Command } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { asRevision } from '../mesh/names.ts';
import { isServed } from '../mesh/served.ts';
import { readMesh } from '../phases/discover.ts';
import { admit, type Admission } from '../plan/admission.ts';
import type { Ending } from '../plan/ending.ts';
import { frozenDrift } from '../plan/frozen-drift.ts';
import type { Journal } from '../plan/journal.ts';
import { meshDrift } from '../plan/mesh-drift.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { planLine } from '../plan/plan-line.ts';
import { wayBackFindings } from '../plan/way-back.ts';
import { assertNever } from '../shared/assert-never.ts';
import { lostJournal } from './lost-journal.ts';
import { alreadyThereEnding, installFindings, makePlan } from './make-plan.ts';
import { cannotAct, cannotLook, preflight } from './preflight.ts';
import { refused, stopping } from './refusal.ts';
import type { Run } from './run.ts';

export type Carrying = Exclude<Command, 'plan' | 'status'>;
export interface Ready {
  readonly kind: 'ready';
  readonly plan: UpgradePlan;
  readonly journal?: Journal;
  /** The journal of the attempt before, which a new one replaces. */
  readonly last?: Journal;
  readonly batch?: number;
}

/** What to go on with; or the ending, where there is nothing to do or a finding forbids it. */
export async function prepare(run: Run, command: Carrying): Promise<Ready | Ending> {
  const { config, store, context } = run;
  const blind = await cannotLook(run, command);
  if (blind.length > 0) return refused(blind);
  const stored = await store.load();
  if (stored.kind === 'unreadable') return refused([unreadableFinding(stored.message)]);
  const journal = stored.kind === 'found' ? stored.journal : undefined;
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
      return {
        kind: 'nothing-to-do',
        reasonCode: 'idle',
        sentence: admission.sentence,
        next: 'Nothing is left to do.',
        findings: [],
        ...(journal === undefined ? {} : { journal, plan: journal.plan }),
      };
    case 'begin':
      return prepareNew(run, command, lost, journal);
    case 'go-on':
      return journal === undefined
        ? refused([unreadableFinding('there is no journal')])
        : prepareKnown(run, command, journal, admission.batch);
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
  const findings = [...lost, ...made.findings, ...(await preflight(run, command, made.snapshot, made.plan))];
  if (made.plan !== undefined) {
    findings.push(...hashFinding(config.run.planHash, made.plan.hash));
    findings.push(...(await installFindings(run, made)));
  }
  tell(run, findings);
  if (made.plan === undefined || stopping(findings, config.run.accept).length > 0)
    return refused(findings, config.run.accept, made.plan === undefined ? {} : { plan: made.plan });
  return { kind: 'ready', plan: made.plan, ...(last === undefined ? {} : { last }) };
}

/** `rollback` asks for nothing but the cluster, with the source in it. */
async function prepareKnown(
  run: Run,
  command: Carrying,
  journal: Journal,
  batch: number | undefined,
): Promise<Ready | Ending> {
  const { config, world } = run;
  const { plan } = journal;
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  world.log.line(planLine(plan, snapshot.controlPlanes));
  const other: readonly Finding[] =
    snapshot.clusterUid === plan.clusterUid
      ? []
      : [
          {
            id: 'other-cluster',
            severity: 'blocks',
            subject: 'journal',
            message: 'the journal was written for another cluster',
            remedy:
              'Check the kubeconfig; if this cluster was restored from a copy, delete the ConfigMap istio-canary-upgrade.',
          },
        ];
  // A rollback that is under way is finished first, whatever was asked for, and nothing may keep it from going on.
  const findings =
    command === 'rollback' || journal.state === 'rolling-back'
      ? [...other, ...wayBackFindings(snapshot, journal), ...(await cannotAct(run, command, plan)).map(asNotice)]
      : [
          ...other,
          ...frozenDrift(config, plan),
          ...meshDrift(journal, snapshot),
          ...hashFinding(config.run.planHash, plan.hash),
          ...planesFindings(snapshot.controlPlanes, plan, journal),
          ...(command === 'complete' ? sightFindings(run, journal) : []),
          ...(await preflight(run, command, snapshot, plan)),
        ];
  tell(run, findings);
  if (stopping(findings, config.run.accept).length > 0) return refused(findings, config.run.accept, { plan, journal });
  return { kind: 'ready', plan, journal, ...(batch === undefined ? {} : { batch }) };
}

/** A rollback is not refused: what it may do, it does, and where it is stopped it says so. */
const asNotice = (finding: Finding): Finding => ({
  ...finding,
  severity: 'notice',
  message: `${finding.message}. ${finding.remedy}`,
});

/** A rollback must have somewhere to go, and a batch somewhere to move to. */
export function planesFindings(
  planes: Awaited<ReturnType<typeof readMesh>>['controlPlanes'],
  plan: UpgradePlan,
  journal: Journal,
): readonly Finding[] {
  const available = (revision: string): boolean =>
    planes.some((plane) => plane.revision === asRevision(revision) && isServed(plane));
  return [
    ...(journal.complete === 'pending' && !available(plan.source)
      ? [unavailableFinding('source-unavailable', plan.source)]
      : []),
    ...(journal.install === 'done' && !available(plan.target)
      ? [unavailableFinding('target-unavailable', plan.target)]
      : []),
  ];
}

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
  for (const { severity, id, subject, message } of findings) {
    if (severity !== 'notice') continue;
    const about = message.includes(subject) ? '' : `${subject}: `;
    world.log.line(`notice ${id}: ${about}${message}`);
  }
}

const admissionFinding = (admission: Extract<Admission, { kind: 'refuse' }>): Finding => ({
  id: admission.id,
  severity: 'blocks',
  subject: 'journal',
  message: admission.message,
  remedy: admission.remedy,
});
const unreadableFinding = (message: string): Finding => ({
  id: 'journal-unreadable',
  severity: 'blocks',
  subject: 'ConfigMap istio-canary-upgrade',
  message,
  remedy: 'Use the version of this action that wrote it, or restore the ConfigMap; it is never guessed.',
});
const unavailableFinding = (id: string, revision: string): Finding => ({
  id,
  severity: 'blocks',
  subject: `istiod ${revision}`,
  message: `istiod ${revision} has no available replica`,
  remedy: `Bring istiod ${revision} back, then run the same command again.`,
});
