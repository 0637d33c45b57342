import { describe, expect, it } from 'vitest';
import { nextWindows, shifted, type Windows } from '../../src/slo/windows.ts';
import { aTick } from '../builders/gate-play.ts';

const tick = (fromMs: number, toMs: number) => aTick({ fromMs, toMs, newestMs: toMs });
const DUE = 100;
const after = (ticks: readonly (readonly [number, number])[], dueMs = DUE): Windows =>
  ticks.reduce<Windows>(
    (windows, [from, to]) => nextWindows(windows, tick(from, to), new Map([['a', dueMs]])),
    new Map(),
  );

describe("a subject's window", () => {
  it.each([
    ['begins with the first tick that begins when it is due', [[100, 115]], { startMs: 100, samples: 1 }],
    ['or later', [[101, 116]], { startMs: 101, samples: 1 }],
    ['and not with one that began before', [[99, 114]], { samples: 0 }],
    ['nor with a first look, which counts nothing', [[100, 100]], { samples: 0 }],
    [
      'and goes on from there',
      [
        [90, 105],
        [105, 120],
        [120, 135],
      ],
      { startMs: 105, samples: 2 },
    ],
  ] as const)('%s', (_, ticks, window) => {
    expect(after(ticks).get('a')).toStrictEqual({ dueMs: DUE, ...window });
  });

  it('begins anew where it is due later, and is no longer than it was where it is due earlier', () => {
    const windows = after([[100, 115]]);
    const due = (dueMs: number) => nextWindows(windows, tick(115, 130), new Map([['a', dueMs]])).get('a');
    expect(due(116)).toStrictEqual({ dueMs: 116, samples: 0 });
    expect(due(115)).toStrictEqual({ dueMs: 115, startMs: 115, samples: 1 });
    expect(due(50)).toStrictEqual({ dueMs: DUE, startMs: 100, samples: 2 });
  });

  it('is not there where the subject is not due', () => {
    expect([...nextWindows(after([[100, 115]]), tick(115, 130), new Map()).keys()]).toEqual([]);
  });

  it('that has begun moves by what nobody counted, and one that has not stays', () => {
    expect(shifted(after([[100, 115]]), 60).get('a')).toStrictEqual({ dueMs: DUE, startMs: 160, samples: 1 });
    expect(shifted(after([[90, 105]]), 60).get('a')).toStrictEqual({ dueMs: DUE, samples: 0 });
  });
});
