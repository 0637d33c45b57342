import { expect, it } from 'vitest';
import { endingOf } from '../../src/plan/ending-of.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { stateOf } from '../../src/plan/state-of.ts';
import { Interrupted } from '../../src/shared/errors.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';
import { aSnapshot } from '../builders/snapshot.ts';

const held = (reasonCode: 'interrupted' | 'no-traffic', interruption?: Interrupted) =>
  endingOf({
    outcome: { kind: 'held', verdict: aVerdict({ kind: 'HOLD', reasonCode }), what: 'batch 1', batch: 1 },
    command: 'promote',
    journal: aJournal(),
    state: stateOf(aSnapshot(), aPlan()),
    ...(interruption === undefined ? {} : { interruption }),
  });

it('a run that was cancelled says by what', () => {
  const ending = held('interrupted', new Interrupted('SIGINT asked this run to stop'));
  expect(ending).toMatchObject({ kind: 'held', reasonCode: 'interrupted', resumeCommand: 'promote' });
  expect(ending.sentence).toMatch(/^SIGINT asked this run to stop; batch 1 is held/u);
});

it('a run that a rollback pre-empts says by whom', () => {
  const ending = held('interrupted', new Interrupted('https://ci/2 asked this run to stop', 'pre-empted'));
  expect(ending.reasonCode).toBe('pre-empted');
  expect(ending.sentence).toContain('https://ci/2');
});

it.each([
  ['credentials', 'credentials-expiring', 'Log in again'],
  ['max-duration', 'out-of-time', 'With a new limit'],
] as const)('a batch that %s leave no time for is held before it begins', (limit, reasonCode, next) => {
  const ending = endingOf({
    outcome: { kind: 'not-begun', batch: 2, obstacle: { kind: 'out-of-time', limit } },
    command: 'promote',
    journal: aJournal(),
    state: stateOf(aSnapshot(), aPlan()),
  });
  expect(ending).toMatchObject({ kind: 'held', reasonCode, resumeCommand: 'promote' });
  expect(ending.sentence).toMatch(/^batch 2 is not begun: /u);
  expect(ending.next).toMatch(new RegExp(`^${next}`, 'u'));
});

it('a verdict that came before the interruption stays what it is', () => {
  const ending = held('no-traffic', new Interrupted('SIGINT asked this run to stop'));
  expect(ending.reasonCode).toBe('no-traffic');
  expect(ending.sentence).not.toContain('SIGINT');
});

const rolledBack = (leftOver: Journal['leftOver'] = []) =>
  endingOf({
    outcome: { kind: 'rolled-back', asked: true },
    command: 'rollback',
    journal: aJournal({ state: 'rolled-back', leftOver }),
    state: stateOf(aSnapshot(), aPlan()),
  });

it('a rollback that had to leave something says so, and that it can be asked for again', () => {
  const ending = rolledBack([{ by: 'rollback', text: 'Namespace payments: it is left as it is' }]);
  expect(ending.sentence).toMatch(/^everything, but for what is named as not put back, is back on 1-31 because /u);
  expect(ending.next).toMatch(/^Once what is named can be put back, `rollback` does it\. /u);
  expect(rolledBack().sentence).toMatch(/^everything is back on 1-31 because /u);
});
