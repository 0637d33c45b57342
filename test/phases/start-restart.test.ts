import { expect, it } from 'vitest';
import { type InFlight, progressed } from '../../src/phases/start-restart.ts';
import { aPod, TARGET } from '../builders/snapshot.ts';

const flight: InFlight = {
  ref: { kind: 'StatefulSet', namespace: 'payments', name: 'ledger' },
  expected: TARGET,
  before: new Set(),
  generation: 1,
  sinceMs: 0,
  patienceMs: 600_000,
  deadlineMs: 600_000,
  wereReady: new Set(),
  rollsByItself: false,
};
const ready = (name: string) => aPod({ name, injected: TARGET });

it('gives each further pod as long as the first, so that a set of many is not stuck for being large', () => {
  const first = progressed(flight, [ready('ledger-2')], 550_000);
  expect(first.deadlineMs).toBe(1_150_000);
  expect(progressed(first, [ready('ledger-2'), ready('ledger-1')], 1_100_000).deadlineMs).toBe(1_700_000);
});

it('takes neither a pod that gets ready again nor one of another revision for progress', () => {
  const first = progressed(flight, [ready('ledger-2')], 550_000);
  const unready = aPod({ name: 'ledger-2', injected: TARGET, ready: false });
  const down = progressed(first, [unready, aPod({ name: 'ledger-1' })], 600_000);
  expect(progressed(down, [ready('ledger-2'), aPod({ name: 'ledger-1' })], 700_000).deadlineMs).toBe(1_150_000);
});

it('takes each pod that is replaced for progress, also where the ones before it ran on the same revision', () => {
  const back = { ...flight, wereReady: new Set([ready('old-1').uid, ready('old-2').uid]) };
  const none = progressed(back, [ready('old-1'), ready('old-2')], 500_000);
  expect(none.deadlineMs).toBe(600_000);
  const first = progressed(none, [ready('new-1'), ready('old-2')], 550_000);
  expect(first.deadlineMs).toBe(1_150_000);
  expect(progressed(first, [ready('new-1'), ready('new-2')], 1_100_000).deadlineMs).toBe(1_700_000);
});
