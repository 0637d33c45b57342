// What do restarts write that were made before, and when do they write something else?
import { describe, expect, it } from 'vitest';
import { advance } from '../../src/plan/advance.ts';
import type { JournalEvent } from '../../src/plan/journal-event.ts';
import type { Journal, LeftOver } from '../../src/plan/journal.ts';
import { madeInVain, ourStamps, stampOf, stampsInVain } from '../../src/plan/stamps.ts';
import type { ReasonCode } from '../../src/slo/verdict.ts';
import { aJournal, aVerdict } from '../builders/plan.ts';

const at = (minute: number): string => `2026-10-01T12:${String(minute).padStart(2, '0')}:00Z`;
/** Each event a minute after the one before. */
const after = (journal: Journal, ...events: readonly JournalEvent[]): Journal =>
  events.reduce((last, event, index) => advance(last, event, at(10 + index)), journal);
const restart = (by: LeftOver['by']): JournalEvent => ({
  kind: 'restarting',
  stage: typeof by === 'number' ? { batch: by } : by,
});
const judged = (by: LeftOver['by'], reasonCode: ReasonCode): JournalEvent => {
  const verdict = aVerdict({ kind: 'FAIL', reasonCode });
  if (by === 'rollback') return { kind: 'rollback-failed', reasonCode, reason: 'a pod is wrong' };
  return by === 'gateways'
    ? { kind: 'judged', what: by, verdict }
    : { kind: 'batch', number: by, status: 'failed', verdict };
};

describe.each<LeftOver['by']>([1, 'gateways', 'rollback'])('the stamp of %s', (by) => {
  it.each<ReasonCode>(['proxy-not-ready', 'rollout-stuck', 'error-rate'])('stays after %s', (reasonCode) => {
    const again = after(aJournal(), restart(by), judged(by, reasonCode), restart(by));
    expect(stampOf(again, by)).toBe(at(10));
    expect(stampsInVain(again, by)).toEqual([]);
  });
  it.each<ReasonCode>(['sidecar-missing', 'wrong-revision', 'contested'])(
    'is another one after %s, once for each, and the old ones are still ours',
    (reasonCode) => {
      const again = after(aJournal(), restart(by), judged(by, reasonCode), restart(by), restart(by));
      expect([stampOf(again, by), stampsInVain(again, by)]).toEqual([at(11), [at(10)]]);
      const twice = advance(again, judged(by, reasonCode), at(20));
      expect([stampOf(twice, by), stampsInVain(twice, by)]).toEqual([at(20), [at(10), at(11)]]);
      expect(ourStamps(twice)).toEqual(new Set([at(10), at(11), at(20)]));
    },
  );
  it('is none before anything was restarted', () => {
    const unbegun = after(aJournal(), judged(by, 'wrong-revision'));
    expect([stampOf(unbegun, by), stampsInVain(unbegun, by)]).toEqual([undefined, []]);
  });
});

it('the first restart stays the one that the hour before ends with', () => {
  const again = after(aJournal(), restart(1), judged(1, 'sidecar-missing'), restart(1));
  expect(again.batches[0]?.restartedAt).toBe(at(10));
});
it('a batch that went back and is tried again begins with new ones, and so does the next rollback', () => {
  const back = after(
    aJournal(),
    restart('gateways'),
    judged('gateways', 'contested'),
    restart(1),
    judged(1, 'sidecar-missing'),
    restart('rollback'),
    judged('rollback', 'sidecar-missing'),
    { kind: 'batch', number: 1, status: 'rolled-back' },
    { kind: 'reopen' },
  );
  expect(stampOf(back, 1)).toBeUndefined();
  expect(stampOf(back, 'rollback')).toBeUndefined();
  expect(back.restartAgain).toEqual([{ by: 'gateways', at: at(11) }]);
});
it('nothing is in vain that has no reason', () => {
  expect(madeInVain(undefined)).toBe(false);
});
