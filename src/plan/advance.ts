// How does the journal change when something happens? A reducer: the only way a journal is ever made from another.
import { assertNever } from '../shared/assert-never.ts';
import type { Verdict } from '../slo/verdict.ts';
import { spoiltBy } from './baseline.ts';
import type { BatchRecord, Journal, Judged, TimelineEntry } from './journal.ts';
import type { JournalEvent } from './journal-event.ts';
import { leftAtTheEnd, leftOverAfter } from './left-over.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';
import { reopened } from './reopened.ts';
import { madeInVain, restartAgain } from './stamps.ts';

/** Enough to tell the story, small enough for a ConfigMap. */
const TIMELINE_LENGTH = 300;

/** `at` is ISO 8601 in UTC; `last` the journal that this one replaces. */
export function beginJournal(plan: UpgradePlan, by: string, fence: number, at: string, last?: Journal): Journal {
  const spoilt = spoiltBy(last);
  return {
    schema: 1,
    id: at,
    plan,
    state: 'in-progress',
    fence,
    startedBy: by,
    ...(spoilt === undefined ? {} : { spoilt }),
    updatedAt: at,
    install: 'pending',
    pin: 'pending',
    tag: 'pending',
    gateways: 'pending',
    batches: plan.batches.map(({ number }) => ({ number, status: 'open' })),
    soak: 'pending',
    complete: 'pending',
    failed: [],
    written: [],
    timeline: [{ at, text: `begun by ${by}: ${plan.source} to ${plan.target}, plan ${plan.hash}` }],
  };
}

export function advance(journal: Journal, event: JournalEvent, at: string): Journal {
  const next = { ...journal, updatedAt: at };
  const told = (text: string): readonly TimelineEntry[] => [...journal.timeline, { at, text }].slice(-TIMELINE_LENGTH);
  switch (event.kind) {
    case 'stage':
      return {
        ...(event.stage === 'tag' && event.status === 'begun' ? withoutTagVerdict(next) : next),
        [event.stage]: event.status,
        // In one write: a run killed between two would leave an upgrade that is over and does not say so.
        ...(event.stage === 'complete' && event.status === 'done'
          ? { state: 'completed', leftOver: leftAtTheEnd(journal) }
          : {}),
        timeline: told(`${event.stage} ${event.status}`),
      };
    case 'installed':
      return {
        ...next,
        install: 'done',
        ...(event.version === undefined ? {} : { targetVersion: event.version }),
        timeline: told(`install done${event.version === undefined ? '' : `: istiod ${event.version}`}`),
      };
    case 'write':
      return { ...next, written: [...journal.written, ...event.written] };
    case 'intend':
      return { ...next, timeline: told(event.what) };
    case 'restarting':
      return restarting(next, event.stage, at);
    case 'batch':
      return {
        ...changeBatch(afterVerdict(next, event.number, event.verdict, at), event.number, batchChange(event)),
        // Going back clears a FAIL too.
        failed: stillFailed(journal, event.number, event.status === 'rolled-back' ? 'PASS' : event.verdict?.kind),
        timeline: told(batchStory(event)),
      };
    case 'judged':
      return {
        ...(event.what === 'gateways' ? afterVerdict(next, 'gateways', event.verdict, at) : next),
        [VERDICT_OF[event.what]]: event.verdict,
        failed: stillFailed(journal, event.what, event.verdict.kind),
        timeline: told(`${event.what} ${event.verdict.kind}: ${event.verdict.reason}${acceptance(event)}`),
      };
    case 'decide':
      return {
        ...(journal.state === 'rolling-back' ? next : withoutWentBack(next)),
        state: 'rolling-back',
        decision: { ...event.decision, at },
        timeline: told(`rolling back: ${event.decision.reason}`),
      };
    case 'going-back':
      return { ...next, wentBack: [...new Set([...(journal.wentBack ?? []), ...event.namespaces])] };
    case 'rollback-failed':
      return {
        ...(madeInVain(event.reasonCode) ? restartAgain(next, 'rollback', at) : next),
        timeline: told(`rollback failed: ${event.reason}`),
      };
    case 'in-vain':
      return { ...restartAgain(next, event.by, at), timeline: told(`restarts once more: ${event.reason}`) };
    case 'recovery':
      return {
        ...next,
        recovery: event.verdict,
        timeline: told(`after the rollback ${event.verdict.kind}: ${event.verdict.reason}`),
      };
    case 'state':
      return { ...next, state: event.state, timeline: told(event.state) };
    case 'joined':
      return join(
        next,
        event.batch,
        event.namespaces,
        told(`batch ${String(event.batch)} gains ${event.namespaces.map(({ name }) => name).join(', ')}`),
      );
    case 'left-over':
      return { ...next, leftOver: leftOverAfter(journal, event) };
    case 'reopen':
      return { ...reopened(next, spoiltBy(journal)), timeline: told('tried again') };
    default:
      return assertNever(event);
  }
}

function restarting(
  journal: Journal,
  stage: Extract<JournalEvent, { kind: 'restarting' }>['stage'],
  at: string,
): Journal {
  if (stage === 'gateways') return { ...journal, gatewaysRestartedAt: journal.gatewaysRestartedAt ?? at };
  if (stage === 'rollback') return { ...journal, rollbackRestartedAt: journal.rollbackRestartedAt ?? at };
  return changeBatch(journal, stage.batch, (batch) => ({ ...batch, restartedAt: batch.restartedAt ?? at }));
}

type BatchEvent = Extract<JournalEvent, { kind: 'batch' }>;
const batchStory = (event: BatchEvent): string =>
  `batch ${String(event.number)} ${event.status}${event.verdict === undefined ? '' : `: ${event.verdict.kind}, ${event.verdict.reason}`}${acceptance(event)}`;
const acceptance = ({ acceptedBy }: { readonly acceptedBy?: string }): string =>
  acceptedBy === undefined ? '' : ` (accepted by ${acceptedBy})`;
const batchChange =
  ({ status, verdict, acceptedBy }: BatchEvent) =>
  (batch: BatchRecord): BatchRecord => ({
    ...batch,
    status,
    ...(verdict === undefined ? {} : { verdict }),
    ...(acceptedBy === undefined ? {} : { acceptedBy }),
  });

const VERDICT_OF = { gateways: 'gatewayVerdict', soak: 'soakVerdict', tag: 'tagVerdict' } as const;

/** A FAIL is remembered until a PASS, however often there is a HOLD in between. */
function stillFailed({ failed }: Journal, what: Judged, verdict: Verdict['kind'] | undefined): readonly Judged[] {
  const others = failed.filter((each) => each !== what);
  if (verdict === 'FAIL') return [...others, what];
  return verdict === 'PASS' ? others : failed;
}

/** Where the restarts were in vain, a later run makes them once more: under the old stamp it could only wait for what never comes. */
const afterVerdict = (journal: Journal, by: 'gateways' | number, verdict: Verdict | undefined, at: string): Journal =>
  madeInVain(verdict?.reasonCode) ? restartAgain(journal, by, at) : journal;
/** Of an earlier try: it must not answer for this one. */
const withoutTagVerdict = ({ tagVerdict: _verdict, ...journal }: Journal): Journal => journal;
const withoutWentBack = ({ wentBack: _back, ...journal }: Journal): Journal => journal;

function changeBatch(journal: Journal, number: number, change: (batch: BatchRecord) => BatchRecord): Journal {
  return { ...journal, batches: journal.batches.map((batch) => (batch.number === number ? change(batch) : batch)) };
}

function join(
  journal: Journal,
  number: number,
  namespaces: readonly PlannedNamespace[],
  timeline: readonly TimelineEntry[],
): Journal {
  const batches = journal.plan.batches.map((batch) =>
    batch.number === number ? { ...batch, namespaces: [...batch.namespaces, ...namespaces] } : batch,
  );
  return { ...journal, plan: { ...journal.plan, batches }, timeline };
}
