import { describe, expect, it } from 'vitest';
import { admit, type Attempt } from '../../src/plan/admission.ts';
import type { BatchStatus, Journal } from '../../src/plan/journal.ts';
import { aJournal, aPlan } from '../builders/plan.ts';

const attempt = (over: Partial<Attempt> = {}): Attempt => ({
  command: 'promote',
  batch: 'next',
  runAttempt: 1,
  ...over,
});
const started = (statuses: readonly BatchStatus[], over: Partial<Journal> = {}): Journal =>
  aJournal({
    plan: aPlan(statuses.map((_, index) => [`ns-${String(index)}`])),
    gateways: 'done',
    batches: statuses.map((status, index) => ({ number: index + 1, status })),
    ...over,
  });

const oneBack = started(['passed', 'rolled-back'], {
  state: 'rolled-back',
  decision: { scope: 'batch', batch: 2, reason: 'it failed', by: 'octocat', at: '2026-10-01T12:00:00Z' },
});

describe('run again when the journal says', () => {
  it.each([
    { says: 'nothing', journal: undefined, attempt: attempt({ command: 'upgrade' }), leadsTo: 'begin' },
    { says: 'nothing', journal: undefined, attempt: attempt(), leadsTo: 'no-upgrade' },
    { says: 'nothing', journal: undefined, attempt: attempt({ command: 'rollback' }), leadsTo: 'nothing-to-do' },
    { says: 'held by HOLD', journal: started(['held'], { state: 'held' }), attempt: attempt(), leadsTo: 'go-on' },
    {
      says: 'rollback unfinished',
      journal: started(['failed'], { state: 'rolling-back' }),
      attempt: attempt(),
      leadsTo: 'go-on',
    },
    {
      says: 'rolled back',
      journal: started(['rolled-back'], { state: 'rolled-back' }),
      attempt: attempt(),
      leadsTo: 'rolled-back',
    },
    {
      says: 'rolled back',
      journal: started(['rolled-back'], { state: 'rolled-back' }),
      attempt: attempt({ command: 'start' }),
      leadsTo: 'rolled-back-needs-plan',
    },
    {
      says: 'rolled back',
      journal: started(['rolled-back'], { state: 'rolled-back' }),
      attempt: attempt({ command: 'start', planHash: 'abc' }),
      leadsTo: 'begin',
    },
    {
      says: 'rolled back',
      journal: started(['rolled-back'], { state: 'rolled-back' }),
      attempt: attempt({ command: 'rollback' }),
      leadsTo: 'nothing-to-do',
    },
    {
      says: 'rolled back, but for a namespace that was denied',
      journal: started(['rolled-back'], {
        state: 'rolled-back',
        leftOver: [{ by: 'rollback', text: 'Namespace ns-0: it is left as it is' }],
      }),
      attempt: attempt({ command: 'rollback' }),
      leadsTo: 'nothing-to-do',
    },
    {
      says: 'one batch rolled back',
      journal: oneBack,
      attempt: attempt({ command: 'start', planHash: aPlan().hash }),
      leadsTo: 'go-on',
    },
    ...(['start', 'upgrade', 'promote'] as const).flatMap((command) => [
      // Not a new attempt, whatever the hash: it would forget what the first one wrote.
      {
        says: 'one batch rolled back, and the hash of another plan',
        journal: oneBack,
        attempt: attempt({ command, planHash: 'abc' }),
        leadsTo: 'go-on',
      },
      {
        says: 'one batch rolled back',
        journal: oneBack,
        attempt: attempt({ command }),
        leadsTo: 'rolled-back-needs-plan',
      },
    ]),
    {
      says: 'one batch rolled back',
      journal: oneBack,
      attempt: attempt({ command: 'complete', planHash: aPlan().hash }),
      leadsTo: 'rolled-back',
    },
    { says: 'one batch rolled back', journal: oneBack, attempt: attempt({ command: 'rollback' }), leadsTo: 'go-on' },
    {
      says: 'completed',
      journal: started(['passed'], { state: 'completed' }),
      attempt: attempt({ command: 'rollback' }),
      leadsTo: 'already-completed',
    },
    {
      says: 'completed',
      journal: started(['passed'], { state: 'completed' }),
      attempt: attempt({ command: 'upgrade', target: '1-32' }),
      leadsTo: 'was-completed',
    },
    {
      says: 'completed',
      journal: started(['passed'], { state: 'completed' }),
      attempt: attempt({ command: 'upgrade', target: '1-33' }),
      leadsTo: 'begin',
    },
    {
      says: 'another target',
      journal: started(['open']),
      attempt: attempt({ command: 'upgrade', target: '1-33' }),
      leadsTo: 'other-target',
    },
    {
      says: 'gateways not done',
      journal: started(['open'], { gateways: 'begun' }),
      attempt: attempt(),
      leadsTo: 'not-started',
    },
    { says: 'every batch passed', journal: started(['passed']), attempt: attempt(), leadsTo: 'nothing-to-do' },
    ...(['held', 'failed', 'open'] as const).map((status) => ({
      says: `a batch ${status}`,
      journal: started(['passed', status], { state: status === 'open' ? 'in-progress' : 'held' }),
      attempt: attempt({ command: 'complete' }),
      leadsTo: 'batch-not-passed',
    })),
    {
      says: 'gateways not done',
      journal: started([], { gateways: 'begun' }),
      attempt: attempt({ command: 'complete' }),
      leadsTo: 'not-started',
    },
    {
      says: 'a soak that did not pass',
      journal: started(['passed'], { state: 'held', soak: 'begun' }),
      attempt: attempt({ command: 'complete' }),
      leadsTo: 'soak-not-passed',
    },
    ...(['pending', 'done'] as const).map((soak) => ({
      says: `every batch passed, soak ${soak}`,
      journal: started(['passed'], { soak }),
      attempt: attempt({ command: 'complete' }),
      leadsTo: 'go-on',
    })),
    {
      says: 'held by FAIL',
      journal: started(['failed'], { state: 'held' }),
      attempt: attempt(),
      leadsTo: 'go-on',
    },
    ...(['start', 'complete', 'upgrade'] as const).map((command) => ({
      says: 'rollback unfinished',
      journal: started(['failed'], { state: 'rolling-back' }),
      attempt: attempt({ command, target: '1-33' }),
      leadsTo: 'go-on',
    })),
    {
      says: 'rolled back',
      journal: started(['rolled-back'], { state: 'rolled-back' }),
      attempt: attempt({ command: 'complete' }),
      leadsTo: 'rolled-back',
    },
    {
      says: 'the named batch passed',
      journal: started(['passed', 'open']),
      attempt: attempt({ batch: 1 }),
      leadsTo: 'nothing-to-do',
    },
    {
      says: 'the batch before did not pass',
      journal: started(['open', 'open']),
      attempt: attempt({ batch: 2 }),
      leadsTo: 'batch-out-of-order',
    },
    { says: 'no such batch', journal: started(['open']), attempt: attempt({ batch: 7 }), leadsTo: 'batch-unknown' },
    {
      says: 'nothing in flight, second attempt of the job',
      journal: started(['passed', 'open']),
      attempt: attempt({ runAttempt: 2 }),
      leadsTo: 'rerun-needs-number',
    },
    {
      says: 'a batch in flight, second attempt of the job',
      journal: started(['rolling']),
      attempt: attempt({ runAttempt: 2 }),
      leadsTo: 'go-on',
    },
  ])('$says, $attempt.command leads to $leadsTo', ({ journal, attempt: asked, leadsTo }) => {
    const admission = admit(asked, journal);
    expect(admission.kind === 'refuse' ? admission.id : admission.kind).toBe(leadsTo);
  });

  it.each([
    ['auto', 'and 1-31 is gone', 'To go back, install 1-31 again, then run an upgrade'],
    ['keep', 'and 1-31 is kept, as asked', 'To go back run an upgrade whose target-revision is 1-31'],
  ] as const)('a rollback of what was completed says where the source is: %s', (removeSource, message, remedy) => {
    const plan = aPlan([['a']], { removeSource });
    const over = started(['passed'], { state: 'completed', plan });
    expect(admit(attempt({ command: 'rollback' }), over)).toMatchObject({
      id: 'already-completed',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(remedy),
    });
  });

  it('promote tries a batch that went back alone again, and says so where it needs the hash', () => {
    expect(admit(attempt({ planHash: 'abc' }), oneBack)).toEqual({ kind: 'go-on', batch: 2 });
    expect(admit(attempt(), oneBack)).toMatchObject({
      message: expect.stringMatching(/^batch 2 of the upgrade to 1-32 was rolled back at .* because it failed$/u),
      remedy: expect.stringContaining('goes on with batch 2'),
    });
  });

  it('promote goes on with the first batch that has not passed', () => {
    expect(admit(attempt(), started(['passed', 'open', 'open']))).toEqual({ kind: 'go-on', batch: 2 });
  });
});
