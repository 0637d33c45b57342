import { describe, expect, it } from 'vitest';
import { burstsIn } from '../../src/slo/bursts.ts';
import { provenAbove } from '../../src/slo/evidence.ts';

const row = (value: number, response_code = '503') => ({
  labels: { destination_service_namespace: 'a', response_code, response_flags: '-' },
  value,
});
const effect = (perMinute: readonly number[], code = '503') => {
  const sum = perMinute.reduce((all, each) => all + each, 0);
  const squares = perMinute.reduce((all, each) => all + each * each, 0);
  return burstsIn('client', [row(sum, code)], [row(squares, code)]).get('a');
};
const minutes = (of: (minute: number) => number) => Array.from({ length: 60 }, (_, minute) => of(minute));

describe('the design effect of the baseline hour', () => {
  it.each([
    ['the same failures each minute are independent enough', minutes(() => 2), 1],
    ['single failures now and then are independent', minutes((minute) => (minute % 6 === 0 ? 1 : 0)), 1],
    ['three at a time count as about three', minutes((minute) => (minute % 6 === 0 ? 3 : 0)), 2.5],
    ['a past incident does not make the gate blind', minutes((minute) => (minute === 30 ? 900 : 0)), 5],
  ])('%s', (_, perMinute, about) => {
    expect(effect(perMinute)).toBeCloseTo(about, 5);
  });

  it('is unknown from a few failures, or from successes', () => {
    expect(effect(minutes((minute) => (minute < 4 ? 1 : 0)))).toBeUndefined();
    expect(effect(minutes((minute) => (minute < 5 ? 1 : 0)))).toBe(1);
    expect(
      effect(
        minutes(() => 100),
        '200',
      ),
    ).toBeUndefined();
  });
});

it('tells the design effect of each kind of failure by its own squares, in whatever order its labels come', () => {
  const { labels } = row(0);
  const reversed = Object.fromEntries(Object.entries(labels).toReversed());
  const squares = [
    { labels: row(0, '500').labels, value: 10 },
    { labels: reversed, value: 900 },
  ];
  const found = burstsIn('client', [row(30), row(10, '500'), row(0, '502')], [...squares, row(0, '502')]);
  const [together, apart] = [30 - 30 / 60, 1];
  expect(found.get('a')).toBeCloseTo(Math.min((together * 30 + apart * 10) / 40, 5), 9);
  const few = burstsIn('client', [row(10), row(10, '500')], [{ labels: reversed, value: 30 }, row(10, '500')]);
  expect(few.get('a')).toBeCloseTo((2.8333333333 + 1) / 2, 6);
  expect(burstsIn('client', [row(10)], []).size).toBe(0);
});

it('tells a gateway by namespace and name', () => {
  const labels = { source_workload_namespace: 'edge', source_workload: 'ingress', response_code: '503' };
  expect([...burstsIn('gateway', [{ labels, value: 10 }], [{ labels, value: 10 }]).keys()]).toEqual(['edge/ingress']);
});

/** Batches at the limit of 1 % whose failures come `size` at a time, 60 looks of 75 requests, confirmed on two: how many fail? */
function falseAlarms(size: number, divisor: number): number {
  let state = 7;
  const random = (): number => {
    // xorshift32: the same numbers in every run
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const batches = 1_000;
  let alarms = 0;
  for (let batch = 0; batch < batches; batch += 1) {
    let [errors, requests, standing] = [0, 0, 0];
    for (let look = 0; look < 60 && standing < 2; look += 1) {
      for (let request = 0; request < 75; request += 1) if (random() < 0.01 / size) errors += size;
      requests += 75;
      standing = provenAbove({ errors: Math.min(errors, requests), requests }, 0.01, 0.01, divisor) ? standing + 1 : 0;
    }
    if (standing === 2) alarms += 1;
  }
  return alarms / batches;
}

describe('false alarms at the limit itself', () => {
  it.each([
    [1, 1],
    [5, 5],
  ])('stay within alpha for bursts of %i divided by %i', (size, divisor) => {
    expect(falseAlarms(size, divisor)).toBeLessThanOrEqual(0.01);
  });

  it('are many for bursts that nothing divides: why the hour before is asked', () => {
    expect(falseAlarms(5, 1)).toBeGreaterThan(0.05);
  });
});
