import { expect, it } from 'vitest';
import { endingOf } from '../../src/plan/ending-of.ts';
import type { Journal } from '../../src/plan/journal.ts';
import type { SourceUse } from '../../src/plan/source-use.ts';
import { stateOf } from '../../src/plan/state-of.ts';
import { ApiError, Interrupted, LostLease, UnrenewedLease } from '../../src/shared/errors.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';
import { aSnapshot } from '../builders/snapshot.ts';

const held = (reasonCode: 'interrupted' | 'no-traffic', stoppedBy?: Interrupted | LostLease) =>
  endingOf({
    outcome: { kind: 'held', verdict: aVerdict({ kind: 'HOLD', reasonCode }), what: 'batch 1', batch: 1 },
    command: 'promote',
    journal: aJournal(),
    state: stateOf(aSnapshot(), aPlan()),
    ...(stoppedBy === undefined ? {} : { stoppedBy }),
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

it('a run that could not renew its lease blames nobody who did not ask', () => {
  const cause = new ApiError('patch Lease x: 401 Unauthorized', { status: 401, reason: 'Unauthorized' });
  const ending = held('interrupted', new UnrenewedLease('the lease could not be renewed for 50 s', { cause }));
  expect(ending).toMatchObject({ kind: 'held', reasonCode: 'credentials-expired', resumeCommand: 'promote' });
  expect(ending.sentence).toMatch(/^the lease could not be renewed for 50 s; batch 1 is held/u);
  expect(ending.next).toMatch(/^Log in to the cluster again\. Then run `promote` again: it judges in a fresh window/u);
});

it('a run whose lease is another one’s sends people to look who works on it', () => {
  const ending = held('interrupted', new LostLease('the lease was taken over by b'));
  expect(ending).toMatchObject({ reasonCode: 'pre-empted', resumeCommand: 'status' });
  expect(ending.next).toMatch(/^Run `status` to see who works on it\. Doing nothing is safe/u);
});

it('a rollback that is stopped says by what', () => {
  const ending = endingOf({
    outcome: { kind: 'rollback-unfinished', outcome: { kind: 'stopped' } },
    command: 'rollback',
    journal: aJournal(),
    stoppedBy: new Interrupted('SIGINT asked this run to stop'),
  });
  expect(ending.sentence).toBe('the rollback to 1-31 is not finished: SIGINT asked this run to stop');
});

it('a rollback of one batch is finished by what began it: `rollback` takes back all of them', () => {
  const ending = endingOf({
    outcome: { kind: 'rollback-unfinished', outcome: { kind: 'stopped' } },
    command: 'promote',
    journal: aJournal({ decision: { scope: 'batch', batch: 2, reason: 'it failed', by: 'the gate', at: '12:00' } }),
  });
  expect(ending.resumeCommand).toBe('promote');
  expect(ending.next).toContain(
    'run `promote` again: it finishes taking batch 2 back. `rollback` takes everything back.',
  );
});

it.each([
  ['start', '1-32 is installed, tag default points to it'],
  ['promote', '1 of 2 batches have passed on 1-32'],
])('%s counts no namespaces where there was no time to look', (command, sentence) => {
  const journal = aJournal({
    batches: [
      { number: 1, status: 'passed' },
      { number: 2, status: 'open' },
    ],
  });
  expect(endingOf({ outcome: { kind: 'done' }, command, journal, nextBatch: 2 }).sentence).toBe(sentence);
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

it.each([
  [undefined, {}, 'the gateways are not begun: '],
  [undefined, { gateways: 'begun' }, 'the gateways are not gone on with: '],
  [1, {}, 'batch 1 is not begun: '],
  [1, { batches: [{ number: 1, status: 'held' }] }, 'batch 1 is not gone on with: '],
] as const)('what may not begin says whether any of it had (%s, %j)', (batch, over, begins) => {
  const ending = endingOf({
    outcome: {
      kind: 'not-begun',
      obstacle: { kind: 'write-refused', reason: 'denied' },
      ...(batch === undefined ? {} : { batch }),
    },
    command: 'upgrade',
    journal: aJournal(over),
    state: stateOf(aSnapshot(), aPlan()),
  });
  expect(ending.sentence).toBe(`${begins}denied`);
});

it('a verdict that came before the interruption stays what it is', () => {
  const ending = held('no-traffic', new Interrupted('SIGINT asked this run to stop'));
  expect(ending.reasonCode).toBe('no-traffic');
  expect(ending.sentence).not.toContain('SIGINT');
});

const rolledBack = (leftOver: Journal['leftOver'] = []) =>
  endingOf({
    outcome: { kind: 'rolled-back' },
    command: 'rollback',
    journal: aJournal({ state: 'rolled-back', leftOver }),
    state: stateOf(aSnapshot(), aPlan()),
  });

it('a rollback that had to leave something says so', () => {
  const ending = rolledBack([{ by: 'rollback', text: 'Namespace payments: it is left as it is' }]);
  expect(ending.sentence).toMatch(/^everything, but for what is named, is back on 1-31 because /u);
  expect(ending.next).toMatch(/^Put back, or mend, what is named\. /u);
  expect(rolledBack().sentence).toMatch(/^everything is back on 1-31 because /u);
});

it.each([
  [{ kind: 'istioctl', args: [] }, '`istioctl uninstall --revision 1-32` removes it'],
  [{ kind: 'manifest', path: 'x' }, '`istioctl uninstall --revision 1-32` removes it'],
  [{ kind: 'helm', args: [] }, '`helm uninstall istiod-1-32 --namespace istio-system` removes it'],
  [{ kind: 'none' }, 'remove it where it is declared, or with what installed it'],
] as const)('the target that stays behind a rollback is removed by what installed it: %j', (install, how) => {
  const journal = aJournal({ plan: aPlan([['payments']], { install }), state: 'rolled-back' });
  const { next } = endingOf({ outcome: { kind: 'rolled-back' }, command: 'rollback', journal });
  expect(next).toContain(`${how}. Doing nothing is safe.`);
});

const left = (command: string, ...uses: readonly SourceUse[]) =>
  endingOf({ outcome: { kind: 'in-use', uses }, command, journal: aJournal() });
const silent: SourceUse = { kind: 'unreachable', sentence: 'Pod istio-system/istiod-1 cannot be asked: i/o timeout' };
const slow: SourceUse = { kind: 'draining', sentence: 'Pod istio-system/istiod-1 has 1 proxy connected to it' };
const user: SourceUse = { kind: 'in-use', sentence: 'tag prod points to 1-31' };

it('a source whose istiod cannot be asked is not said to be in use, and the remedy is none that is frozen', () => {
  const { kind, reasonCode, sentence, findings } = left('complete', silent);
  expect({ kind, reasonCode }).toEqual({ kind: 'refused', reasonCode: 'istiod-unreachable' });
  expect(sentence).toBe('who uses 1-31 cannot be asked: Pod istio-system/istiod-1 cannot be asked: i/o timeout');
  expect(findings).toMatchObject([{ id: 'istiod-unreachable', severity: 'blocks', message: silent.sentence }]);
  expect(findings[0]?.remedy).toMatch(
    /API server reach port 15014 .* --revision 1-31` .* remove it by hand, webhooks first, then run `complete` again\.$/u,
  );
  expect(findings[0]?.remedy).not.toContain('remove-source');
});

it('under `relabel` such a source is removed by hand only once nothing follows the tag to it', () => {
  const journal = aJournal({ plan: aPlan([['payments']], { strategy: 'relabel' }) });
  const { findings } = endingOf({ outcome: { kind: 'in-use', uses: [silent] }, command: 'complete', journal });
  expect(findings[0]?.remedy).toMatch(
    /or, once `istioctl tag set default --revision 1-32 --overwrite` has moved the tag and .* remove it by hand/u,
  );
});

it('a source whose pods are still ending is waited for', () => {
  const { kind, reasonCode, findings, next } = left('upgrade', slow);
  expect({ kind, reasonCode }).toEqual({ kind: 'promoted', reasonCode: 'source-draining' });
  expect(findings).toMatchObject([
    { id: 'source-draining', severity: 'notice', remedy: 'Wait until these pods have ended, then run `complete`.' },
  ]);
  expect(next).toMatch(/^Wait until these pods have ended, then run `complete`\. Doing nothing is safe/u);
});

it('a source that is in use says so first, and each of the others keeps its own remedy', () => {
  const { reasonCode, findings, next } = left('complete', slow, silent, user);
  expect(reasonCode).toBe('source-in-use');
  expect(findings.map(({ id }) => id)).toEqual(['source-draining', 'istiod-unreachable', 'source-in-use']);
  expect(next).toMatch(/^Move what is named/u);
});
