import { describe, expect, it } from 'vitest';
import { type Cell, CELLS } from './cells.ts';
import { betterRivals, clearlyMore } from './compare.ts';
import { JUDGES } from './judges.ts';
import type { Outcome } from './outcome.ts';
import { report, withSection } from './report.ts';
import { type Result, tallied, tally } from './tally.ts';
import { targets } from './targets.ts';

const find = (name: string, shape: Cell['shape'], rate: number): Cell => {
  const cell = CELLS.find((each) => each.name === name && each.shape === shape && each.rate === rate);
  if (cell === undefined) throw new Error(`there is no cell ${name}`);
  return cell;
};
/** All judges alike but the first: so many of all batches rolled back after so many seconds, the others passed at the twentieth look. */
const result = (cell: Cell, mine: number, theirs: number, mineS = 60, theirsS = 120, batches = 1_000): Result => ({
  cell,
  tallies: JUDGES.map((_, index) =>
    tallied(
      Array.from({ length: batches }, (__, batch) =>
        batch < (index === 0 ? mine : theirs)
          ? { verdict: 'rollback', atS: index === 0 ? mineS : theirsS, looks: 2 }
          : { verdict: 'pass', atS: 300, looks: 20 },
      ),
    ),
  ),
});

/** One after each second, each with ten looks more than that. */
const hundred = (verdict: Outcome['verdict']): readonly Outcome[] =>
  Array.from({ length: 100 }, (_, index) => ({ verdict, atS: index + 1, looks: index + 11 }));

const targetOf = (results: readonly Result[], words: string) =>
  targets(results).find(({ target }) => target.includes(words));
const hold = (looks: number) => ({ verdict: 'hold', atS: 60, looks }) as const;

describe('the tally', () => {
  it('counts every batch once, and is the same for the same seed', () => {
    const cell = find('10 × the limit', 'steady', 5);
    const [first, second] = [tally(cell, 3, JUDGES, 20, 1), tally(cell, 3, JUDGES, 20, 1)];
    expect(first).toEqual(second);
    for (const { batches, passed, rolledBack, held } of first) expect(passed + rolledBack + held).toBe(batches);
  });

  it('takes quantiles by nearest rank', () => {
    const { rollbackS } = tallied(hundred('rollback'));
    expect(rollbackS).toEqual({ median: 50, p95: 95 });
  });

  it('tells how long a PASS took apart from a rollback, in seconds and in looks', () => {
    const { passS, passLooks, rollbackS, rollbackLooks } = tallied([
      ...hundred('pass'),
      { verdict: 'rollback', atS: 7, looks: 3 },
      { verdict: 'hold', atS: 1_800, looks: 120 },
    ]);
    expect([passS, passLooks]).toEqual([
      { median: 50, p95: 95 },
      { median: 60, p95: 105 },
    ]);
    expect([rollbackS.median, rollbackLooks.median]).toEqual([7, 3]);
    expect(tallied([]).passS).toEqual({ median: undefined, p95: undefined });
  });

  it('knows the fewest looks of a PASS, and who was held before a bake was looked at', () => {
    const { fewestLooks, heldSoon } = tallied([hold(4), hold(19), hold(20), ...hundred('pass')]);
    expect({ fewestLooks, heldSoon }).toEqual({ fewestLooks: 11, heldSoon: 2 });
    expect(tallied([hold(4)]).fewestLooks).toBeUndefined();
  });
});

describe('who is better', () => {
  it('is said only beyond chance', () => {
    expect(clearlyMore(60, 50, 1_000)).toBe(false);
    expect(clearlyMore(100, 50, 1_000)).toBe(true);
  });

  it.each([
    ['catches more', 500, 900, 60, 120, true],
    ['catches as much, and sooner', 900, 900, 60, 30, true],
    ['catches less, however soon', 900, 500, 60, 30, false],
    ['catches as much, and later', 900, 900, 60, 120, false],
  ])('in a breach is who %s', (_, mine, theirs, mineS, theirsS, is) => {
    const breach = result(find('2 × the limit', 'steady', 5), mine, theirs, mineS, theirsS);
    expect(betterRivals(breach, []).length > 0).toBe(is);
  });

  it('without a breach is who rolls back less', () => {
    const harmless = find('the limit', 'steady', 5);
    expect(betterRivals(result(harmless, 100, 10), [])).toHaveLength(JUDGES.length - 1);
    expect(betterRivals(result(harmless, 10, 100), [])).toEqual([]);
  });
});

describe('the targets', () => {
  const breach = find('2 × the limit', 'steady', 5);
  const limit = find('the limit, healthy before', 'steady', 5);
  const mineTo = (outcome: Outcome): readonly Result[] => {
    return [{ cell: limit, tallies: [tallied([outcome]), ...result(limit, 10, 0).tallies.slice(1)] }];
  };

  it('are missed where nothing was run', () => {
    expect(targets([]).every(({ held }) => !held)).toBe(true);
  });

  it('allow one false rollback in a hundred at the limit', () => {
    expect(targetOf([result(limit, 10, 0)], 'the limit, steady')?.held).toBe(true);
    expect(targetOf([result(limit, 11, 0)], 'the limit, steady')?.held).toBe(false);
  });

  it('allow no PASS at the limit before twenty looks', () => {
    expect(targetOf(mineTo({ verdict: 'pass', atS: 300, looks: 19 }), 'the limit, steady')).toMatchObject({
      seen: expect.stringContaining('no PASS before 19 looks'),
      held: false,
    });
  });

  it('take who is held sooner for one that might have been rolled back', () => {
    expect(targetOf(mineTo({ verdict: 'hold', atS: 60, looks: 19 }), 'the limit, steady')).toMatchObject({
      seen: expect.stringMatching(/100.00 % held soon .*; no PASS$/u),
      held: false,
    });
    expect(targetOf(mineTo({ verdict: 'hold', atS: 1_800, looks: 120 }), 'the limit, steady')?.held).toBe(true);
  });

  it('hold Flagger against the gate only where it raises no more false alarms', () => {
    const slow = result(breach, 900, 900, 200, 120);
    expect(targetOf([slow, result(limit, 5, 5)], 'never slower')?.held).toBe(false);
    expect(targetOf([slow, result(limit, 5, 300)], 'never slower')?.held).toBe(true);
    expect(targetOf([slow, result(limit, 50, 3_000, 60, 120, 10_000)], 'never slower')?.held).toBe(true);
  });
});

describe('the document', () => {
  const empty = '# B\n<!-- verdicts: written by npm run bench:verdict -->\nold\n<!-- end of verdicts -->\nrest\n';

  it('keeps what stands outside the markers', () => {
    expect(withSection(empty, 'new')).toBe(empty.replace('old', '\nnew\n'));
    expect(() => withSection('no markers', 'new')).toThrow('lost the markers');
  });

  it('has a row for every cell', () => {
    const results = [find('the limit', 'steady', 5), find('2 × the limit', 'steady', 5)].map((cell) =>
      result(cell, 1, 2),
    );
    const text = report(results, { batches: 1_000, batchesAtLimit: 10_000, seed: 1, command: 'npm run x' });
    expect(text.split('\n').filter((line) => / steady \| 5 \|/.test(line))).toHaveLength(2);
  });

  it('says how long a PASS takes where nothing is wrong, and a rollback where something is, and after how many looks', () => {
    const results = [result(find('none', 'steady', 5), 0, 1_000), result(find('all', 'steady', 5), 1_000, 0)];
    const text = report(results, { batches: 1_000, batchesAtLimit: 10_000, seed: 1, command: 'npm run x' });
    expect(text).toContain('| none | steady | 5 | 0 %; PASS in 300 / 300 s, 20 looks | 100 % |');
    expect(text).toContain('| all | steady | 5 | 100 % in 60 / 60 s, 2 looks | 0 %; 100 % passed |');
  });
});
