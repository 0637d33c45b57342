import { expect, it } from 'vitest';
import { GREEN, PHASES } from './phases.ts';
import { brokenPromises, type Said } from './promised.ts';

const BLINDING = { name: 'Prometheus empty', blinds: true };
const OTHER = { name: '500', blinds: false };
const GATED = PHASES.filter(({ blinded }) => blinded !== undefined);
const said = (ending: string, verdict = '', code = 'ok'): Said => ({
  signal: null,
  outputs: { ending, verdict, 'reason-code': code, reason: 'why' },
  stdout: '',
  stderr: '',
});

it.each(GATED)('$name: held by a gate that saw nothing, and no success is right', (phase) => {
  const green = GREEN[phase.command] ?? '';
  expect(brokenPromises(BLINDING, phase, said('held', 'HOLD', 'blind'))).toEqual([]);
  for (const wrong of [said(green, 'PASS'), said(green), said('held', 'FAIL'), said('held'), said('broken')])
    expect(brokenPromises(BLINDING, phase, wrong)).toEqual([expect.stringContaining('saw nothing (Prometheus empty)')]);
});

it.each(GATED)('$name: only what blinds before anything is written is refused', (phase) => {
  const problems = brokenPromises(BLINDING, phase, said('refused'));
  expect(problems).toHaveLength(phase.name === 'discover' ? 0 : 1);
});

it.each(GATED)('$name: never taken back for a bad day', (phase) => {
  const back = said('rolled-back', 'FAIL', 'error-rate');
  expect(brokenPromises(OTHER, phase, back)).toEqual(['it rolled back for 500, which is no reason to: why']);
  expect(brokenPromises(BLINDING, phase, back)).toHaveLength(2);
});

it.each(GATED)('$name: what blinds no gate lets it end well, or not', (phase) => {
  for (const ending of [GREEN[phase.command] ?? '', 'broken', 'held'])
    expect(brokenPromises(OTHER, phase, said(ending))).toEqual([]);
});

it('a removal and a rollback ask no gate, and end as they would', () => {
  const others = PHASES.filter(({ blinded }) => blinded === undefined);
  expect(others.map(({ name }) => name)).toEqual(['complete', 'rollback']);
  for (const phase of others)
    for (const ending of ['completed', 'rolled-back'])
      expect(brokenPromises(BLINDING, phase, said(ending))).toEqual([]);
});

it.each(PHASES)('$name: never ends in silence, by a signal, or as a bug', (phase) => {
  const silent = { ...said('held', 'HOLD'), outputs: {} };
  const killed: Said = { ...said('held', 'HOLD'), signal: 'SIGABRT' };
  for (const wrong of [silent, killed, said('held', 'HOLD', 'bug')])
    expect(brokenPromises(OTHER, phase, wrong)).toHaveLength(1);
});
