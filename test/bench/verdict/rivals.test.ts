import { describe, expect, it } from 'vitest';
import { argoRollouts, BACKGROUND, INLINE, measure } from './argo.ts';
import { flagger, successRate } from './flagger.ts';
import { irate, rate } from './promql.ts';
import { always, scripted } from './scripted-batch.ts';

const outage = { fromS: 45, toS: 345 };
const onceIn = (every: number, each: number): readonly number[] =>
  Array.from({ length: 130 }, (_, index) => (index % every === every - 1 ? each : 0));

const goodAndBad = (good: number, bad: number) => {
  const batch = scripted(always(good), always(bad));
  // Callers are older than the new pods: their first measurement sees what was before.
  const scrapesS = batch.scrapesS.map((atS) => atS - 60);
  return { ...batch, scrapesS };
};

describe('rate and irate, as Prometheus answers', () => {
  const scrapesS = Float64Array.from([10, 25, 40, 55]);
  const whole = { values: Float64Array.from([100, 115, 130, 145]), born: 0 };

  it('know a steady counter', () => {
    expect(rate(whole, scrapesS, 60, 60)).toBeCloseTo(1, 9);
    expect(irate(whole, scrapesS, 60, 300)).toBeCloseTo(1, 9);
  });

  it('answer nothing for a single sample', () => {
    expect(rate({ ...whole, born: 3 }, scrapesS, 60, 60)).toBeUndefined();
    expect(irate({ ...whole, born: 3 }, scrapesS, 60, 300)).toBeUndefined();
  });

  it('ignore the value with which a series is born', () => {
    const born = { values: Float64Array.from([0, 0, 40, 40]), born: 2 };
    expect(rate(born, scrapesS, 60, 60)).toBe(0);
    expect(irate(born, scrapesS, 60, 300)).toBe(0);
  });

  it('extrapolate to the ends of the range, but no counter below zero', () => {
    const young = { values: Float64Array.from([1, 16, 31, 46]), born: 0 };
    expect(rate(young, scrapesS, 60, 60)).toBeCloseTo((45 + 1 + 5) / 60, 9);
  });

  it('look at nothing outside the range', () => {
    expect(rate(whole, scrapesS, 60, 21)).toBeCloseTo(1, 9);
    expect(rate(whole, scrapesS, 60, 20)).toBeUndefined();
  });
});

describe('Flagger', () => {
  const byDefault = flagger('default', 1);
  const tutorial = flagger('tutorial', 5);

  it('promotes at its fifth good check', () => {
    expect(byDefault.judge(scripted(always(100), always(0)))).toEqual({ verdict: 'pass', atS: 300, looks: 5 });
  });

  it('rolls back one interval after the check that reaches the threshold', () => {
    const broken = scripted(always(50), always(50));
    expect(byDefault.judge(broken)).toEqual({ verdict: 'rollback', atS: 120, looks: 1 });
    expect(tutorial.judge(broken)).toEqual({ verdict: 'rollback', atS: 360, looks: 5 });
  });

  it('sees no success rate without a success, and takes that for a failed check', () => {
    const broken = scripted(always(0), always(100));
    expect(successRate(broken, 60)).toBeUndefined();
    expect(byDefault.judge(broken).verdict).toBe('rollback');
  });

  it('takes no traffic for a failed check', () => {
    const quiet = scripted([100, ...always(0)], [0, ...always(0)]);
    expect(successRate(quiet, 60)).toBeNaN();
    expect(byDefault.judge(quiet)).toEqual({ verdict: 'rollback', atS: 120, looks: 1 });
  });

  it('takes a Prometheus that is down for failed checks', () => {
    const blind = scripted(always(100), always(0), { outage });
    expect(byDefault.judge(blind)).toEqual({ verdict: 'rollback', atS: 120, looks: 1 });
    expect(tutorial.judge(blind)).toEqual({ verdict: 'rollback', atS: 360, looks: 5 });
  });

  it('never forgets a failed check: five of ten roll back', () => {
    const everyOtherMinute = scripted(always(100), onceIn(8, 200));
    expect(tutorial.judge(everyOtherMinute).verdict).toBe('pass');
    expect(flagger('two', 2).judge(everyOtherMinute).verdict).toBe('rollback');
  });

  it('misses the errors with which forty series are born', () => {
    expect(successRate(scripted(always(100), [0, 0, 0, 40, ...always(0)].slice(0, 130)), 60)).toBe(100);
  });
});

describe('Argo Rollouts', () => {
  const inline = argoRollouts('inline', INLINE);
  const background = argoRollouts('background', BACKGROUND);

  it('succeeds at its fifth measurement, or with the last step', () => {
    expect(inline.judge(goodAndBad(100, 0))).toEqual({ verdict: 'pass', atS: 240, looks: 5 });
    expect(background.judge(goodAndBad(100, 0))).toEqual({ verdict: 'pass', atS: 1_800, looks: 7 });
  });

  it('fails with the first failure above the failureLimit, counted from the measurement taken at once', () => {
    expect(inline.judge(goodAndBad(50, 50))).toEqual({ verdict: 'rollback', atS: 0, looks: 1 });
    expect(background.judge(goodAndBad(50, 50))).toEqual({ verdict: 'rollback', atS: 900, looks: 4 });
  });

  it('takes NaN for a failure, and an empty answer for an error', () => {
    const nothing = scripted([100, ...always(0)], [0, ...always(0)]);
    expect(measure(nothing, 60)).toBe('failed');
    expect(measure(nothing, 5)).toBe('error');
  });

  it('aborts after five errors ten seconds apart: no Prometheus for forty seconds', () => {
    const blind = { ...goodAndBad(100, 0), outage };
    expect(inline.judge(blind)).toEqual({ verdict: 'rollback', atS: 100, looks: 1 });
    expect(background.judge({ ...blind, outage: { fromS: 299, toS: 330 } })).toEqual({
      verdict: 'pass',
      atS: 1_800,
      looks: 6,
    });
  });
});
