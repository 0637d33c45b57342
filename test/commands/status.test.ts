import { describe, expect, it } from 'vitest';
import { status } from '../../src/commands/status.ts';
import type { BatchStatus, Journal } from '../../src/plan/journal.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const started = (batches: readonly BatchStatus[], over: Partial<Journal> = {}): Journal =>
  aJournal({
    plan: aPlan(batches.map((_, index) => [`ns-${String(index)}`])),
    install: 'done',
    pin: 'done',
    tag: 'done',
    gateways: 'done',
    batches: batches.map((each, index) => ({ number: index + 1, status: each })),
    ...over,
  });
const decision = { reason: 'it failed', by: 'octocat', at: '2026-10-01T12:00:00Z' };
const batchBack = started(['passed', 'rolled-back'], {
  state: 'rolled-back',
  decision: { ...decision, scope: 'batch', batch: 2 },
});
const allBack = started(['rolled-back'], { state: 'rolled-back', decision: { ...decision, scope: 'all' } });

const told = async (journal: Journal | undefined, holder?: string) => {
  const run = fakeRun(meshInMemory(), 'status', journal);
  const lease = {
    ...run.lease,
    holder: async () => (holder === undefined ? undefined : { holder, since: '12:00' }),
  };
  return status({ ...run, lease });
};

describe('status', () => {
  it.each<[string, Journal | undefined, string | undefined]>([
    ['nothing was begun', undefined, undefined],
    ['the upgrade is completed', started(['passed'], { state: 'completed' }), undefined],
    ['everything was rolled back', allBack, undefined],
  ])('is idle where %s', async (_what, journal) => {
    const ending = await told(journal);
    expect(ending).toMatchObject({ kind: 'status', reasonCode: 'idle' });
    expect(ending.resumeCommand).toBeUndefined();
  });

  it.each<[string, Journal, string, string]>([
    ['the gateways', started(['open'], { state: 'held', gateways: 'begun' }), 'start', '`start` (or `upgrade`) again'],
    ['a batch', started(['passed', 'open']), 'promote --batch 2', '`promote` for batch 2'],
    ['the end', started(['passed']), 'complete', '`complete`'],
    [
      'the soak',
      started(['passed'], { state: 'held', soak: 'begun' }),
      'upgrade',
      '`upgrade`, which watches once more',
    ],
    ['a verdict', started(['held'], { state: 'held' }), 'promote --batch 1', '`promote` for batch 1'],
    ['a batch that went back', batchBack, 'plan', 'with its plan-hash `upgrade` or `promote` goes on with batch 2'],
  ])('is waiting for %s, and says how to go on', async (_what, journal, resumeCommand, next) => {
    const ending = await told(journal);
    expect(ending).toMatchObject({ reasonCode: 'waiting', resumeCommand });
    expect(ending.next).toContain(next);
    expect(ending.next).toContain('Doing nothing is safe');
  });

  it('tells one batch that went back from everything', async () => {
    expect((await told(batchBack)).sentence).toContain('1-31 → 1-32: batch 2 rolled back,');
    expect((await told(allBack)).sentence).toContain('1-31 → 1-32: rolled-back,');
  });

  it.each([
    ['between two steps of its own', started(['passed', 'open'])],
    ['in a batch', started(['rolling'])],
    ['as it tries a batch again', batchBack],
  ])('is in progress where a run holds the lease: %s', async (_what, journal) => {
    const ending = await told(journal, 'https://ci/runs/7');
    expect(ending).toMatchObject({ reasonCode: 'in-progress' });
    expect(ending.sentence).toContain('https://ci/runs/7 works on it since 12:00');
    expect(ending.next).toMatch(/^Wait for it, or run `rollback`/u);
  });

  it.each<[string, Journal, string]>([
    ['before the gateways were done', started(['open'], { gateways: 'begun' }), 'start'],
    ['in a batch', started(['passed', 'rolling']), 'promote --batch 2'],
    ['while a batch was watched', started(['baking']), 'promote --batch 1'],
    ['in a rollback', started(['failed'], { state: 'rolling-back' }), 'rollback'],
    ['as one batch went back', { ...batchBack, state: 'rolling-back' }, 'promote'],
    ['at the end', started(['passed'], { complete: 'begun' }), 'complete'],
  ])('is abandoned where a run died %s', async (_what, journal, resumeCommand) => {
    const ending = await told(journal);
    expect(ending).toMatchObject({ reasonCode: 'abandoned', resumeCommand });
    expect(ending.next).toMatch(
      new RegExp(`^Nobody works on it: run \`${resumeCommand}\`, or what was interrupted`, 'u'),
    );
  });

  it.each([
    ['in a batch', started(['rolling']), true],
    ['in a rollback', started(['failed'], { state: 'rolling-back' }), false],
    ['in the removal', started(['passed'], { complete: 'begun' }), false],
  ])('says whether waiting is safe where a run died %s', async (_what, journal, isSafe) => {
    const { next } = await told(journal);
    expect(next.includes('Doing nothing for now is safe')).toBe(isSafe);
  });

  it('names what was left over, however long ago', async () => {
    const text = 'pod odd/debug (bare) stays on 1-31 until it ends or you replace it';
    expect((await told(started(['passed', 'open'], { leftOver: [{ by: 1, text }] }))).state?.leftOver).toEqual([text]);
  });
});
