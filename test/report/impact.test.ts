import { describe, expect, it } from 'vitest';
import type { Ending } from '../../src/plan/ending.ts';
import { impactOf } from '../../src/report/impact.ts';
import { aJournal, aVerdict } from '../builders/plan.ts';
import { heldEnding, plannedEnding, refusedEnding } from './endings.ts';

const rolledBack = (recovery?: ReturnType<typeof aVerdict>): Ending =>
  heldEnding({
    kind: 'rolled-back',
    journal: aJournal({ state: 'rolled-back', ...(recovery === undefined ? {} : { recovery }) }),
  });

describe("the users' impact", () => {
  it.each([
    {
      ending: heldEnding(),
      says: 'Users are affected: 37 of 2,204 requests failed (1.7 %) until 12:05:00Z.',
      reason: 'a FAIL that is left as it is goes on',
    },
    {
      ending: heldEnding({ kind: 'status' }),
      says: 'Users were affected when last measured: 37 of 2,204 requests failed (1.7 %) until 12:05:00Z.',
      reason: 'status repeats a verdict of the past',
    },
    {
      ending: heldEnding({ verdict: aVerdict({ kind: 'FAIL', reasonCode: 'sidecar-missing', requests: 0 }) }),
      says: 'Users: may be affected (sidecar-missing); no requests were seen until 12:05:00Z.',
      reason: 'a FAIL without errors is no proof of harm',
    },
    {
      ending: heldEnding({ verdict: aVerdict({ kind: 'HOLD', reasonCode: 'no-traffic', requests: 0 }) }),
      says: 'Users: not known, the evidence does not decide (no-traffic); no requests were seen until 12:05:00Z.',
      reason: 'no evidence is no all-clear',
    },
    {
      ending: heldEnding({ kind: 'promoted', verdict: aVerdict() }),
      says: 'Users: not affected as far as measured; 0 of 1,000 requests failed (0 %) until 12:05:00Z.',
      reason: 'PASS says no more than was measured',
    },
    {
      ending: rolledBack(aVerdict()),
      says: 'Users: no longer affected; after the rollback 0 of 1,000 requests failed (0 %) until 12:05:00Z.',
      reason: 'recovered',
    },
    {
      ending: rolledBack(aVerdict({ kind: 'FAIL', reasonCode: 'error-rate', errors: 50 })),
      says: 'Users are still affected, and not by the upgrade (error-rate); after the rollback 50 of 1,000 requests failed (5 %) until 12:05:00Z.',
      reason: 'not caused by the upgrade',
    },
    {
      ending: rolledBack(aVerdict({ kind: 'FAIL', reasonCode: 'wrong-revision', errors: 50 })),
      says: 'Users are still affected (wrong-revision); after the rollback 50 of 1,000 requests failed (5 %) until 12:05:00Z.',
      reason: 'not recovered',
    },
    {
      ending: rolledBack(aVerdict({ reasonCode: 'no-traffic-accepted', requests: 0 })),
      says: 'Users: whether they are still affected was not measured after the rollback.',
      reason: 'a PASS without traffic is no recovery',
    },
    {
      ending: rolledBack(aVerdict({ kind: 'HOLD', reasonCode: 'mesh-wide-incident', errors: 50 })),
      says: 'Users are still affected, and not by the upgrade (mesh-wide-incident); after the rollback 50 of 1,000 requests failed (5 %) until 12:05:00Z.',
      reason: 'the whole mesh fails',
    },
    {
      ending: rolledBack(),
      says: 'Users: whether they are still affected was not measured after the rollback.',
      reason: 'rollback works without Prometheus',
    },
    { ending: refusedEnding(), says: 'Users: nothing changed for them in this run.', reason: 'nothing was written' },
    { ending: plannedEnding(), says: 'Users: nothing changed for them in this run.', reason: 'plan is read-only' },
  ])('$reason', ({ ending, says }) => {
    expect(impactOf(ending)).toBe(says);
  });

  it('is unknown where nothing was measured', () => {
    const { verdict: _verdict, ...ending } = heldEnding({ kind: 'broken' });
    expect(impactOf(ending)).toContain('not measured');
  });
});
