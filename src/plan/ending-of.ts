// How does a command that carried an upgrade say how it ended? One sentence, what to do next, and whether doing
// nothing is safe.
import { assertNever } from '../shared/assert-never.ts';
import type { Recovery } from '../slo/recovery.ts';
import type { Finding } from '../mesh/finding.ts';
import type { Verdict } from '../slo/verdict.ts';
import type { Interrupted, LostLease } from '../shared/errors.ts';
import type { Ending, EndingState } from './ending.ts';
import type { Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';
import { stopOf } from './stop-of.ts';
import { isBatchBack, lastFailure, leftOverOnTheWayBack, onFromBatch, recoverySaid } from './taken-back.ts';
import type { Limit } from './time-needed.ts';

export type Outcome =
  | { readonly kind: 'done' }
  /** `what`: `batch 2`, `the gateways`. */
  | { readonly kind: 'held'; readonly verdict: Verdict; readonly what: string; readonly batch?: number }
  /** Nothing more of this batch, or without one of the gateways, was touched. */
  | {
      readonly kind: 'not-begun';
      readonly batch?: number;
      readonly obstacle:
        | { readonly kind: 'out-of-time'; readonly limit: Limit }
        | { readonly kind: 'write-refused'; readonly reason: string };
    }
  | { readonly kind: 'in-use'; readonly users: readonly string[] }
  /** The objects to delete, by name. */
  | { readonly kind: 'ready-to-remove'; readonly objects: readonly string[] }
  | { readonly kind: 'rolled-back'; readonly asked: boolean; readonly recovery?: Verdict }
  | {
      readonly kind: 'rollback-unfinished';
      readonly outcome: { readonly kind: 'failed' | 'stuck'; readonly reason: string } | { readonly kind: 'stopped' };
    };

export interface EndingBasis {
  readonly outcome: Outcome;
  readonly command: string;
  readonly journal: Journal;
  /** Absent where there was no time to look. */
  readonly state?: EndingState;
  readonly batch?: number;
  readonly nextBatch?: number;
  /** What the run was told to stop by, where it was. */
  readonly stoppedBy?: Interrupted | LostLease;
}
const SAFE = 'Doing nothing is safe: both control planes run.';

export function endingOf({ outcome, command, journal, state, batch, nextBatch, stoppedBy }: EndingBasis): Ending {
  const { plan } = journal;
  const base = {
    findings: [],
    plan,
    journal,
    ...(state === undefined ? {} : { state }),
    ...(batch === undefined ? {} : { batch }),
    ...(nextBatch === undefined ? {} : { nextBatch }),
  };
  switch (outcome.kind) {
    case 'done':
      return { ...base, ...doneEnding(command, journal, state, nextBatch), ...verdictOf(lastVerdict(journal, batch)) };
    case 'held':
      return { ...base, ...heldEnding(command, outcome, stoppedBy) };
    case 'not-begun':
      return { ...base, ...notBegun(command, journal, outcome) };
    case 'in-use':
      return { ...inUseEnding(base, command, plan.source, outcome.users), ...verdictOf(lastVerdict(journal, batch)) };
    case 'ready-to-remove':
      return {
        ...base,
        findings: outcome.objects.map((object) => toRemove(plan.source, object)),
        kind: 'ready-to-remove',
        reasonCode: 'ok',
        sentence: `nothing uses ${plan.source} any more; it is yours to remove: ${outcome.objects.join(', ')}`,
        next: `Delete istiod ${plan.source} where it is declared (your GitOps repository), webhooks first, then run \`complete\` again. ${SAFE}`,
        resumeCommand: 'complete',
      };
    case 'rolled-back':
      return rolledBackEnding(base, journal, outcome.recovery);
    case 'rollback-unfinished':
      return {
        ...base,
        kind: outcome.outcome.kind === 'stopped' ? 'held' : 'broken',
        reasonCode: 'rollback-unfinished',
        sentence: `the rollback to ${plan.source} is not finished: ${outcome.outcome.kind === 'stopped' ? (stoppedBy?.message ?? 'it was interrupted') : outcome.outcome.reason}`,
        next: 'Mend what is named, then run `rollback` again: it goes on where it stopped. Doing nothing leaves the mesh between two revisions; both control planes run.',
        resumeCommand: 'rollback',
      };
    default:
      return assertNever(outcome);
  }
}

const toRemove = (source: string, object: string): Finding => ({
  id: 'to-remove',
  severity: 'notice',
  subject: source,
  message: object,
  remedy: 'Delete it where it is declared, then run `complete` again.',
});

type Base = Pick<Ending, 'findings' | 'plan' | 'journal' | 'state' | 'batch' | 'nextBatch'>;
type Said = Pick<Ending, 'kind' | 'reasonCode' | 'sentence' | 'next' | 'resumeCommand'>;

function heldEnding(
  command: string,
  { verdict, what, batch }: Extract<Outcome, { kind: 'held' }>,
  stoppedBy: Interrupted | LostLease | undefined,
): Said & Pick<Ending, 'verdict' | 'batch'> {
  const isHeld = `${what} is held: ${verdict.kind} (${verdict.reasonCode}), ${verdict.reason}`;
  const held = { kind: 'held', verdict, ...(batch === undefined ? {} : { batch }) } as const;
  const again = `run \`${command}\` again: it judges in a fresh window and restarts nothing twice. Or run \`rollback\`. ${SAFE}`;
  const onOwn = `Look into it, then ${again}`;
  if (stoppedBy === undefined || verdict.reasonCode !== 'interrupted')
    return { ...held, reasonCode: verdict.reasonCode, sentence: isHeld, next: onOwn, resumeCommand: command };
  const { reasonCode, first, resumeCommand } = stopOf(stoppedBy, command);
  return {
    ...held,
    reasonCode,
    sentence: `${stoppedBy.message}; ${isHeld}`,
    next: first === undefined ? onOwn : resumeCommand === command ? `${first} Then ${again}` : `${first} ${SAFE}`,
    resumeCommand,
  };
}

function notBegun(
  command: string,
  { gateways, batches }: Journal,
  { batch, obstacle }: Extract<Outcome, { kind: 'not-begun' }>,
): Said {
  const what = batch === undefined ? 'the gateways' : `batch ${String(batch)}`;
  const isNew =
    batch === undefined
      ? gateways === 'pending'
      : !batches.some(({ number, status }) => number === batch && status !== 'open');
  const begin = `${what} ${batch === undefined ? 'are' : 'is'} not ${isNew ? 'begun' : 'gone on with'}:`;
  const goOn = `run \`${command}\` again: it goes on with ${what}. ${SAFE}`;
  const held = { kind: 'held', resumeCommand: command } as const;
  if (obstacle.kind === 'write-refused')
    return {
      ...held,
      reasonCode: 'write-refused',
      sentence: `${begin} ${obstacle.reason}`,
      next: `See who refuses it (a policy, a quota, a role), then ${goOn}`,
    };
  return obstacle.limit === 'credentials'
    ? {
        ...held,
        reasonCode: 'credentials-expiring',
        sentence: `${begin} the kubeconfig's credentials end before its worst case and a rollback are over`,
        next: `Log in again, with credentials that live longer or renew themselves, then ${goOn}`,
      }
    : {
        ...held,
        reasonCode: 'out-of-time',
        sentence: `${begin} its worst case and a rollback do not fit into what is left of max-duration`,
        next: `With a new limit, ${goOn}`,
      };
}

function doneEnding(
  command: string,
  journal: Journal,
  state: EndingState | undefined,
  nextBatch: number | undefined,
): Said {
  const { plan } = journal;
  if (journal.state === 'completed') {
    const kept = plan.removeSource === 'keep';
    return {
      kind: 'completed',
      reasonCode: 'ok',
      sentence: `the mesh runs on ${plan.target}; ${plan.source} is ${kept ? 'kept, as asked' : 'removed'}`,
      next: 'Nothing is left to do.',
    };
  }
  const next =
    nextBatch === undefined
      ? { text: 'Every batch has passed: run `complete` to remove the source.', command: 'complete' }
      : { text: `Run \`promote\` for batch ${String(nextBatch)}.`, command: `promote --batch ${String(nextBatch)}` };
  const kind = command === 'start' ? 'started' : 'promoted';
  const sentence = command === 'start' ? startedSentence(plan, state) : promotedSentence(journal, state);
  return { kind, reasonCode: 'ok', sentence, next: `${next.text} ${SAFE}`, resumeCommand: next.command };
}

const startedSentence = ({ target, strategy, tag }: UpgradePlan, state: EndingState | undefined): string =>
  [
    `${target} is installed`,
    ...(strategy === 'tag' ? [`tag ${tag} points to it`] : []),
    ...(state === undefined
      ? []
      : [`${String(state.gatewaysOnTarget)} of ${String(state.gatewaysTotal)} gateways run on it`]),
  ].join(', ');

function promotedSentence({ plan, batches }: Journal, state: EndingState | undefined): string {
  if (state !== undefined) return `${String(state.moved)} of ${String(state.total)} namespaces run on ${plan.target}`;
  const passed = batches.filter(({ status }) => status === 'passed').length;
  return `${String(passed)} of ${String(batches.length)} batches have passed on ${plan.target}`;
}

function lastVerdict(journal: Journal, batch: number | undefined): Verdict | undefined {
  const judged = journal.batches.filter(
    (record) => record.verdict !== undefined && (batch === undefined || record.number === batch),
  );
  const last = judged.at(-1)?.verdict ?? journal.gatewayVerdict;
  return batch === undefined ? (journal.soakVerdict ?? last) : last;
}
const verdictOf = (verdict: Verdict | undefined): Pick<Ending, 'verdict'> => (verdict === undefined ? {} : { verdict });

/** `complete` was told to remove it and refuses; an `upgrade` has done all that was asked of it, so that nothing blocks. */
function inUseEnding(base: Base, command: string, source: string, users: readonly string[]): Ending {
  const isRefused = command === 'complete';
  const sentence = `${source} is still in use by ${users.slice(0, 5).join('; ')}${users.length > 5 ? `; and ${String(users.length - 5)} more` : ''}`;
  const findings = users.map(
    (user) =>
      ({
        id: 'source-in-use',
        severity: isRefused ? 'blocks' : 'notice',
        subject: source,
        message: user,
        remedy: `Move it to another revision, then run \`complete\`${isRefused ? ' again' : ''}.`,
      }) as const,
  );
  return {
    ...base,
    findings,
    kind: isRefused ? 'refused' : 'promoted',
    reasonCode: 'source-in-use',
    sentence,
    next: `Move what is named, then run \`complete\`. ${SAFE}`,
    resumeCommand: 'complete',
  };
}

function rolledBackEnding(base: Base, journal: Journal, recovery: Verdict | undefined): Ending {
  const { plan, decision } = journal;
  const what = decision?.scope === 'batch' ? `batch ${String(decision.batch ?? '')}` : 'everything';
  const failure = lastFailure(journal);
  const said = recoveryWord(recoverySaid(journal, recovery), recovery);
  const alone = isBatchBack(journal);
  const partly = leftOverOnTheWayBack(journal);
  return {
    ...base,
    kind: 'rolled-back',
    reasonCode: said.code,
    sentence: `${what}${partly ? ', but for what is named as not put back,' : ''} is back on ${plan.source} because ${decision?.reason ?? 'it was asked for'}; ${said.words}`,
    next: alone
      ? `${onFromBatch(journal)} ${SAFE}`
      : `${partly ? 'Put back by hand what is named. ' : ''}Find the cause, then run \`plan\` and begin a new attempt with its plan-hash. istiod ${plan.target} is left running; \`istioctl uninstall --revision ${plan.target}\` removes it. Doing nothing is safe.`,
    ...(alone ? { resumeCommand: 'plan' } : {}),
    ...verdictOf(failure ?? journal.gatewayVerdict ?? recovery),
  };
}

/** The four things a gate may say after a rollback of what failed before it. */
function recoveryWord(
  said: Recovery,
  recovery: Verdict | undefined,
): { readonly code: string; readonly words: string } {
  switch (said) {
    case 'recovered':
      return {
        code: 'recovered',
        words: `recovered: ${recovery?.kind === 'PASS' ? 'the same gate passes again' : 'what failed keeps its limit again'}`,
      };
    case 'not caused by the upgrade':
      return {
        code: 'not-caused-by-the-upgrade',
        words: `not caused by the upgrade: the same gate still finds it (${recovery?.reason ?? ''})`,
      };
    case 'not recovered':
      return {
        code: 'not-recovered',
        words: `not recovered: the gate says ${recovery?.kind ?? ''} (${recovery?.reasonCode ?? ''}) after the rollback, ${recovery?.reason ?? ''}`,
      };
    case 'recovery not measured':
      return {
        code: 'recovery-not-measured',
        words: `recovery not measured${recovery === undefined ? '' : `: ${recovery.reason}`}`,
      };
    default:
      return assertNever(said);
  }
}
