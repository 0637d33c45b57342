import { describe, expect, it } from 'vitest';
import { ours } from './ours.ts';
import { always, scripted } from './scripted-batch.ts';

const gate = ours('this gate');

describe('the gate in the bench', () => {
  it('opens its window at the first look two scrapes after Ready, and passes when the bake is over, twenty looks later', () => {
    const { verdict, atS, windowFromS = 0, requests, looks } = gate.judge(scripted(always(100), always(0)));
    expect(verdict).toBe('pass');
    expect(windowFromS).toBe(30);
    expect(atS - windowFromS).toBe(301);
    expect(requests).toBe(2_000);
    expect(looks).toBe(20);
  });

  it('fails on a breach, and holds on too little traffic', () => {
    expect(gate.judge(scripted(always(50), always(50))).verdict).toBe('rollback');
    expect(gate.judge(scripted(always(1), always(0))).verdict).toBe('hold');
  });

  it('goes back for nothing when Prometheus is down', () => {
    const outage = { fromS: 50, toS: 1_000 };
    const { verdict, looks } = gate.judge(scripted(always(100), always(0), { outage }));
    expect(verdict).toBe('hold');
    // The window opens at 31 s; of the looks from then on, only one was answered: at 46 s.
    expect(looks).toBe(1);
  });
});
