import { expect, it } from 'vitest';
import { brokenPromises, type Said } from './promised.ts';

const BLINDING = { name: 'Prometheus empty', blinds: true };
const OTHER = { name: '500', blinds: false };
const said = (ending: string, verdict = '', code = 'ok'): Said => ({
  signal: null,
  outputs: { ending, verdict, 'reason-code': code, reason: 'why' },
  stdout: '',
  stderr: '',
});

it.each(['start', 'promote'])('%s is held by a gate that saw nothing, and nothing else is right', (command) => {
  const [green = ''] = [{ start: 'started', promote: 'promoted' }[command]];
  expect(brokenPromises(BLINDING, command, said('held', 'HOLD', 'blind'))).toEqual([]);
  for (const wrong of [said(green, 'PASS'), said(green), said('held', 'FAIL'), said('held'), said('broken')])
    expect(brokenPromises(BLINDING, command, wrong)).toEqual([
      expect.stringContaining('saw nothing (Prometheus empty)'),
    ]);
});

it.each(['start', 'promote'])('%s never goes back for a bad day', (command) => {
  const back = said('rolled-back', 'FAIL', 'error-rate');
  expect(brokenPromises(OTHER, command, back)).toEqual(['it rolled back for 500, which is no reason to: why']);
  expect(brokenPromises(BLINDING, command, back)).toHaveLength(2);
});

it.each([
  ['start', 'started'],
  ['promote', 'promoted'],
  ['promote', 'broken'],
  ['start', 'held'],
])('what blinds no gate lets %s end %s', (command, ending) => {
  expect(brokenPromises(OTHER, command, said(ending))).toEqual([]);
});

it.each([
  ['complete', 'completed'],
  ['rollback', 'rolled-back'],
])('%s asks no gate, and ends %s', (command, ending) => {
  expect(brokenPromises(BLINDING, command, said(ending))).toEqual([]);
});

it.each(['start', 'promote', 'complete', 'rollback'])(
  '%s never ends in silence, by a signal, or as a bug',
  (command) => {
    const silent = { ...said('held', 'HOLD'), outputs: {} };
    const killed: Said = { ...said('held', 'HOLD'), signal: 'SIGABRT' };
    for (const wrong of [silent, killed, said('held', 'HOLD', 'bug')])
      expect(brokenPromises(OTHER, command, wrong)).toHaveLength(1);
  },
);
