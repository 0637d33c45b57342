import { describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import { advance, beginJournal } from '../../src/plan/advance.ts';
import type { JournalEvent } from '../../src/plan/journal-event.ts';
import type { BatchStatus, Journal, Judged } from '../../src/plan/journal.ts';
import { nextStep } from '../../src/plan/next-step.ts';
import type { Verdict } from '../../src/slo/verdict.ts';
import { aPlan, aVerdict } from '../builders/plan.ts';

const AT = '2026-10-01T12:00:00.000Z';
const after = (journal: Journal, ...events: JournalEvent[]): Journal =>
  events.reduce((state, event) => advance(state, event, AT), journal);
const stages = (...names: ('install' | 'pin' | 'tag' | 'gateways' | 'soak' | 'complete')[]): JournalEvent[] =>
  names.map((stage) => ({ kind: 'stage', stage, status: 'done' }));
const passed = (number: number): JournalEvent => ({ kind: 'batch', number, status: 'passed', verdict: aVerdict() });

/** Lets every step succeed and names them in order. */
function walk(journal: Journal, command: 'upgrade' | 'start' | 'complete'): string[] {
  const names: string[] = [];
  for (let state = journal; ;) {
    const step = nextStep(state, command);
    names.push(step.kind === 'batch' ? `batch ${String(step.number)}` : step.kind);
    if (step.kind === 'done' || step.kind === 'rollback') return names;
    const event: JournalEvent =
      step.kind === 'batch'
        ? passed(step.number)
        : {
            kind: 'stage',
            stage: step.kind === 'pin-waiting' ? 'pin' : step.kind === 'move-tag' ? 'tag' : step.kind,
            status: 'done',
          };
    state = after(state, event);
  }
}

describe('the next step', () => {
  const begun = beginJournal(aPlan([['a'], ['b']]), 'octocat', 1, AT);
  it('of an upgrade by tag goes through all eight phases in order', () => {
    expect(walk(begun, 'upgrade')).toEqual([
      'install',
      'pin-waiting',
      'move-tag',
      'gateways',
      'batch 1',
      'batch 2',
      'soak',
      'complete',
      'done',
    ]);
  });
  it('pins nothing where no label can name the source', () => {
    const unrevisioned = beginJournal(aPlan([['a']], { source: asRevision('default') }), 'octocat', 1, AT);
    expect(walk(unrevisioned, 'start')).toEqual(['install', 'move-tag', 'gateways', 'done']);
  });
  it('of an upgrade by relabel leaves the tag to complete', () => {
    const relabel = beginJournal(aPlan([['a']], { strategy: 'relabel' }), 'octocat', 1, AT);
    expect(walk(relabel, 'upgrade')).toEqual(['install', 'gateways', 'batch 1', 'soak', 'complete', 'done']);
  });
  it('of start ends after the gateways', () => {
    expect(walk(begun, 'start')).toEqual(['install', 'pin-waiting', 'move-tag', 'gateways', 'done']);
  });
  it('pins nothing where that is not wanted', () => {
    expect(walk(beginJournal(aPlan([], { pinWaiting: false }), 'octocat', 1, AT), 'start')).toEqual([
      'install',
      'move-tag',
      'gateways',
      'done',
    ]);
  });
  it('completes where the source is kept, too: the tag of a relabelled mesh moves then', () => {
    expect(walk(beginJournal(aPlan([], { removeSource: 'keep' }), 'octocat', 1, AT), 'upgrade').at(-2)).toBe(
      'complete',
    );
  });
  it('of promote is the admitted batch, once', () => {
    const ready = after(begun, ...stages('install', 'pin', 'tag', 'gateways'));
    expect(nextStep(ready, 'promote', 1)).toEqual({ kind: 'batch', number: 1 });
    expect(nextStep(after(ready, passed(1)), 'promote', 1)).toEqual({ kind: 'done' });
  });
  it('is the rollback once that was decided, whichever command asks', () => {
    const decided = after(begun, { kind: 'decide', decision: { scope: 'all', reason: 'it failed', by: 'octocat' } });
    expect(walk(decided, 'upgrade')).toEqual(['rollback']);
    expect(nextStep(decided, 'promote', 1)).toEqual({ kind: 'rollback' });
  });
});

const batch = (status: BatchStatus): Extract<JournalEvent, { kind: 'batch' }> => ({ kind: 'batch', number: 1, status });

const left = (by: number | 'rollback', ...sentences: string[]): JournalEvent => ({
  kind: 'left-over',
  by,
  sentences,
});
const decide = (scope: 'all' | 'batch'): JournalEvent => ({
  kind: 'decide',
  decision: { scope, reason: 'it failed', by: 'octocat' },
});
const back = (...namespaces: string[]): JournalEvent => ({ kind: 'going-back', namespaces });
const leftOf = (journal: Journal): string[] => (journal.leftOver ?? []).map(({ by, text }) => `${String(by)}: ${text}`);

describe('the journal', () => {
  const begun = beginJournal(aPlan(), 'octocat', 1, AT);
  it.each<[Judged, (verdict: Verdict) => JournalEvent]>([
    ...(['gateways', 'soak', 'tag'] as const).map((what): [Judged, (verdict: Verdict) => JournalEvent] => [
      what,
      (verdict) => ({ kind: 'judged', what, verdict }),
    ]),
    [1, (verdict) => ({ ...batch(verdict.kind === 'PASS' ? 'passed' : 'held'), verdict })],
  ])('remembers that %s has failed until it passes, however often it is judged in between', (judged, event) => {
    const [FAIL, HOLD] = [aVerdict({ kind: 'FAIL' }), aVerdict({ kind: 'HOLD' })];
    const failed = after(begun, event(FAIL), event(HOLD), batch('rolling'), event(HOLD));
    expect(failed.failed).toEqual([judged]);
    expect(after(failed, event(FAIL)).failed).toEqual([judged]);
    expect(after(failed, event(aVerdict())).failed).toEqual([]);
  });
  it('forgets that a batch has failed once it went back', () => {
    const failed = after(begun, { ...batch('failed'), verdict: aVerdict({ kind: 'FAIL' }) });
    expect(after(failed, batch('rolled-back')).failed).toEqual([]);
  });
  it('tells what a batch left over once, however often it is run', () => {
    expect(leftOf(after(begun, left(1, 'x', 'y'), left(2, 'z'), left(1, 'y')))).toEqual(['2: z', '1: y']);
  });
  it('tells what a rollback left over instead of what it took back', () => {
    const moved = after(begun, left(1, 'x'), left(2, 'y'));
    const decision = { reason: 'it failed', by: 'octocat' };
    const all = after(moved, { kind: 'decide', decision: { ...decision, scope: 'all' } }, left('rollback', 'z'));
    expect(leftOf(all)).toEqual(['rollback: z']);
    const one = after(moved, { kind: 'decide', decision: { ...decision, scope: 'batch', batch: 2 } }, left('rollback'));
    expect(leftOf(one)).toEqual(['1: x']);
    expect(leftOf(after(one, left('rollback', 'z'), { kind: 'reopen' }))).toEqual(['1: x']);
  });
  it('tells nothing of it once the source was proved unused and removed, but where it is kept', () => {
    expect(leftOf(after(begun, left(1, 'x'), ...stages('complete')))).toEqual([]);
    const kept = beginJournal(aPlan([['a']], { removeSource: 'keep' }), 'octocat', 1, AT);
    expect(leftOf(after(kept, left(1, 'x'), ...stages('complete')))).toEqual(['1: x']);
  });
  it('keeps what went back until another rollback is decided, or the batch is tried again', () => {
    const one = after(begun, decide('batch'), back('a'), back('a', 'b'));
    expect(one.wentBack).toEqual(['a', 'b']);
    expect(after(one, decide('all'), back('c')).wentBack).toEqual(['a', 'b', 'c']);
    const done = after(one, { kind: 'state', state: 'rolled-back' });
    expect(after(done, decide('all'), back('c')).wentBack).toEqual(['c']);
    expect(after(done, { kind: 'reopen' }).wentBack).toBeUndefined();
  });
  it('bounds what it tells of it, and says so', () => {
    const many = after(begun, left(1, ...Array.from({ length: 1_500 }, (_, index) => String(index))));
    expect(many.leftOver?.length).toBe(501);
    expect(leftOf(many).at(-1)).toBe('1: and 1000 more');
  });
  it('is completed by the same write that says that the source is gone', () => {
    expect(after(begun, ...stages('complete'))).toMatchObject({ complete: 'done', state: 'completed' });
    expect(after(begun, { kind: 'stage', stage: 'complete', status: 'begun' }).state).toBe('in-progress');
  });
  it('keeps the first restart stamp, so that a resumed run restarts nothing twice', () => {
    const once = advance(begun, { kind: 'restarting', stage: { batch: 1 } }, '2026-10-01T12:01:00Z');
    expect(
      advance(once, { kind: 'restarting', stage: { batch: 1 } }, '2026-10-01T12:09:00Z').batches[0]?.restartedAt,
    ).toBe('2026-10-01T12:01:00Z');
  });
  it('bounds its timeline', () => {
    const told = Array.from({ length: 500 }).reduce<Journal>(
      (journal) => advance(journal, { kind: 'intend', what: 'x' }, AT),
      begun,
    );
    expect(told.timeline.length).toBe(300);
  });
});
