import { describe, expect, it } from 'vitest';
import { advance, beginJournal } from '../../src/plan/advance.ts';
import { baselineEndMs, passedOverLimit, pastOfMoved, spoiltBy, stillToPass } from '../../src/plan/baseline.ts';
import type { UnitVerdict } from '../../src/slo/verdict.ts';
import { aJournal, aVerdict } from '../builders/plan.ts';

const at = (time: string): number => Date.parse(`2026-10-01T${time}:00.000Z`);
const iso = (time: string): string => new Date(at(time)).toISOString();
/** Gateways at 12:10, a batch at 12:20 and another at 12:40, taken back at 12:50. */
const takenBack = aJournal({
  state: 'rolled-back',
  updatedAt: iso('12:50'),
  gatewaysRestartedAt: iso('12:10'),
  batches: [
    { number: 1, status: 'passed', restartedAt: iso('12:20') },
    { number: 2, status: 'rolled-back', restartedAt: iso('12:40') },
  ],
});
const again = (time: string) => beginJournal(takenBack.plan, 'octocat', 2, iso(time), takenBack);

const unit = (subject: string, errors: number): UnitVerdict => ({
  subject,
  signal: 'client',
  requests: 1_000,
  errors,
  limit: 0.01,
  atLeast: 0,
  atMost: 1,
  state: 'pass',
  sentence: '',
});

describe('the hour to compare with', () => {
  it('ends where something began, if nothing was taken back', () => {
    expect(again('13:00').spoilt).toEqual({ from: iso('12:40'), to: iso('12:50') });
    expect(aJournal().spoilt).toBeUndefined();
    expect(baselineEndMs(at('13:00'), undefined)).toBe(at('13:00'));
  });

  it('ends before what was taken back within that hour had begun', () => {
    const { spoilt } = again('13:00');
    expect(baselineEndMs(at('13:49'), spoilt)).toBe(at('12:40'));
    expect(baselineEndMs(at('13:50'), spoilt)).toBe(at('13:50'));
  });

  it('is not spoilt by an attempt that was completed, or that restarted nothing', () => {
    expect(spoiltBy(aJournal({ state: 'completed', gatewaysRestartedAt: iso('12:10') }))).toBeUndefined();
    expect(spoiltBy(aJournal({ state: 'rolled-back' }))).toBeUndefined();
  });

  it('ends before the first of attempts that followed one another', () => {
    const second = advance(again('13:00'), { kind: 'restarting', stage: 'gateways' }, iso('13:10'));
    const undone = advance(second, { kind: 'state', state: 'rolled-back' }, iso('13:20'));
    expect(spoiltBy(undone)).toEqual({ from: iso('12:40'), to: iso('13:20') });
  });

  it('is not spoilt by an attempt that ended long before the next one began', () => {
    const second = advance(again('15:00'), { kind: 'restarting', stage: 'gateways' }, iso('15:10'));
    const undone = advance(second, { kind: 'state', state: 'rolled-back' }, iso('15:20'));
    expect(spoiltBy(undone)?.from).toBe(iso('15:10'));
  });

  it('ends before the first try of a batch that is tried again', () => {
    const reopened = advance(takenBack, { kind: 'reopen' }, iso('13:00'));
    expect(reopened.spoilt).toEqual({ from: iso('12:40'), to: iso('12:50') });
    expect(reopened.batches[1]).toEqual({ number: 2, status: 'open' });
  });

  it('ends before the first restart of all for what is judged once more, and its traffic is that of the hour before now', () => {
    expect(pastOfMoved(takenBack, at('15:00'))).toEqual({ beganMs: at('12:10'), busyMs: at('15:00') });
    expect(pastOfMoved(aJournal(), at('15:00')).beganMs).toBe(at('15:00'));
    const second = { ...takenBack, spoilt: { from: iso('11:40'), to: iso('11:50') } };
    expect(pastOfMoved(second, at('15:00')).beganMs).toBe(at('11:40'));
  });

  it('ends before the first restart of what has begun and not passed, for what is still to pass', () => {
    const open = { gateways: false, batches: [2] };
    const running = aJournal({ ...takenBack, state: 'in-progress', gateways: 'done' });
    expect(stillToPass(running, at('15:00'))).toEqual({ ...open, endMs: at('15:00') });
    const held = {
      ...running,
      batches: running.batches.map((one) => (one.number === 2 ? { ...one, status: 'held' as const } : one)),
    };
    expect(stillToPass(held, at('15:00'))).toEqual({ ...open, endMs: at('12:40') });
    expect(stillToPass({ ...held, gateways: 'begun' }, at('15:00'))).toMatchObject({
      gateways: true,
      endMs: at('12:10'),
    });
    expect(stillToPass({ ...running, state: 'rolled-back' }, at('13:00')).endMs).toBe(at('12:40'));
  });

  it('counts as known to be over the limit for what passed over it, and for nothing else', () => {
    const verdict = aVerdict({ units: [unit('legacy', 30), unit('payments', 10)] });
    const passed = aJournal({ batches: [{ number: 1, status: 'passed', verdict }] });
    expect(passedOverLimit(passed)).toEqual(['legacy']);
    expect(passedOverLimit(aJournal({ batches: [{ number: 1, status: 'held', verdict }] }))).toEqual([]);
  });
});
