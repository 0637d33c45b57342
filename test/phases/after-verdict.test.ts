import { describe, expect, it } from 'vitest';
import { stopOrRollBack, verdictPasses, withRefusal } from '../../src/phases/after-verdict.ts';
import type { Judged } from '../../src/plan/journal.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import type { Verdict } from '../../src/slo/verdict.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const FAIL = aVerdict({ kind: 'FAIL', reasonCode: 'error-rate' });
const HOLD = aVerdict({ kind: 'HOLD', reasonCode: 'no-traffic' });
const SECOND = 2;
const SOURCE_WITHOUT_NAME = asRevision('default');

async function after(verdict: Verdict, judged: Exclude<Judged, 'tag'>, plan: Partial<UpgradePlan> = {}) {
  const mesh = aJournal({ plan: aPlan([['web'], ['payments']], plan) });
  const { session, saves } = fakeSession(new FakeCluster([]), mesh);
  const outcome = await stopOrRollBack(session, settings, verdict, judged);
  // A run killed between a FAIL and what follows from it would judge afresh, and might pass it.
  expect(saves).toHaveLength(1);
  return { outcome, journal: session.journal() };
}

describe('a verdict that is no PASS', () => {
  it.each([
    ['a HOLD', HOLD, 'rollback', 'held'],
    ['a FAIL with on-fail: hold', FAIL, 'hold', 'failed'],
  ] as const)('holds the upgrade, and takes nothing back: %s', async (_what, verdict, onFail, status) => {
    const { outcome, journal } = await after(verdict, SECOND, { onFail });
    expect(outcome).toEqual({ kind: 'held', verdict, what: 'batch 2', batch: 2 });
    expect(journal).toMatchObject({ state: 'held', batches: [{ status: 'open' }, { number: 2, status, verdict }] });
    expect(journal.decision).toBeUndefined();
  });

  it.each<[string, Verdict, Exclude<Judged, 'tag'>, Partial<UpgradePlan>, object]>([
    ['all of it', FAIL, SECOND, { onFail: 'rollback' }, { scope: 'all' }],
    ['the batch alone', FAIL, SECOND, { onFail: 'rollback-batch' }, { scope: 'batch', batch: 2 }],
    [
      'all of it where the failure is in another batch',
      { ...FAIL, reasonCode: 'relapse' },
      SECOND,
      { onFail: 'rollback-batch' },
      { scope: 'all' },
    ],
    [
      'all of it where no label can hold the batch back',
      FAIL,
      SECOND,
      { onFail: 'rollback-batch', source: SOURCE_WITHOUT_NAME },
      { scope: 'all' },
    ],
    ['all of it for gateways', FAIL, 'gateways', { onFail: 'rollback-batch' }, { scope: 'all' }],
    ['all of it for the soak', FAIL, 'soak', { onFail: 'rollback-batch' }, { scope: 'all' }],
  ])('decides to take back %s', async (_what, verdict, judged, plan, decision) => {
    const { outcome, journal } = await after(verdict, judged, plan);
    expect(outcome).toBeUndefined();
    expect(journal).toMatchObject({ state: 'rolling-back', decision: { ...decision, by: 'octocat' } });
    expect(journal.decision?.scope).toBe(Reflect.get(decision, 'scope'));
  });

  it('passes where its HOLD was accepted beforehand, and no other', () => {
    const journal = { failed: [] };
    expect(verdictPasses(journal, 1, { verdict: aVerdict() }, settings)).toEqual({});
    expect(verdictPasses(journal, 1, { verdict: HOLD }, { ...settings, acceptHold: 'no-traffic' })).toEqual({
      acceptedBy: 'octocat',
    });
    expect(verdictPasses(journal, 1, { verdict: HOLD }, { ...settings, acceptHold: 'blind' })).toBe('stops');
    const relapse = { ...FAIL, reasonCode: 'relapse' } as const;
    expect(verdictPasses(journal, 1, { verdict: relapse }, { ...settings, acceptHold: 'relapse' })).toBe('stops');
  });

  it('passes no HOLD over workloads that were never restarted, accepted or not, and says why', () => {
    const accepting = { ...settings, acceptHold: 'no-traffic' };
    const notRestarted = Array.from({ length: 60 }, (_, index) => `Deployment payments/app-${String(index)}`);
    const held = { verdict: HOLD, notRestarted };
    expect(verdictPasses({ failed: [] }, 1, held, accepting)).toBe('stops');
    expect(withRefusal(held, accepting).reason).toMatch(
      /; accept-hold does not pass it, since 60 workloads were never restarted \(.*app-0, .* and 55 more\): run it again/,
    );
    expect(withRefusal(held, settings)).toBe(HOLD);
    expect(withRefusal({ verdict: HOLD, notRestarted: [] }, accepting)).toBe(HOLD);
    expect(verdictPasses({ failed: [] }, 1, { verdict: aVerdict(), notRestarted }, accepting)).toEqual({});
  });

  it.each<Judged>(['gateways', 2, 'soak', 'tag'])('passes no HOLD of what has failed: %s', (judged) => {
    const accepting = { ...settings, acceptHold: 'no-traffic' };
    const journal = { failed: [judged] };
    expect(verdictPasses(journal, judged, { verdict: HOLD }, accepting)).toBe('stops');
    expect(verdictPasses(journal, judged, { verdict: aVerdict() }, accepting)).toEqual({});
    expect(verdictPasses(journal, 1, { verdict: HOLD }, accepting)).toEqual({ acceptedBy: 'octocat' });
  });
});
