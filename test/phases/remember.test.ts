import { describe, expect, it } from 'vitest';
import { remember as rememberAndSay } from '../../src/phases/remember.ts';
import type { QueryAnswer } from '../../src/ports/prometheus.ts';
import type { Past } from '../../src/slo/comparison.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakePrometheus } from '../fakes/prometheus.ts';

type Question = Parameters<typeof rememberAndSay>;
const remember = async (...asked: [Question[0], Question[1], Question[2]]) => rememberAndSay(...asked, () => {});

/** A full hour. */
const END = 1_800_000_000_000;
const scope = { subjects: ['payments'], signals: BATCH_SIGNALS, unmoved: ['other'], settings: settingsWith() };

it('asks for the hour that ended then, and for who calls whom up to now', async () => {
  const prometheus = new FakePrometheus({ flows: [{ from: 'web', to: 'payments', perSecond: 5 }] });
  const past = await remember(prometheus, scope, { endMs: END, nowMs: END + 600_000 });
  const asked = (ofLinks: boolean): ReadonlySet<number> =>
    new Set(prometheus.asked.filter(({ query }) => query.startsWith('group by') === ofLinks).map(({ atMs }) => atMs));
  expect(asked(true)).toEqual(new Set([END + 600_000]));
  expect(asked(false)).toEqual(new Set([END + 1]));
  expect(past).toMatchObject({ kind: 'known' });
  expect(past.kind === 'known' && past.past.links).toEqual([{ from: 'web', to: 'payments' }]);
});

const HOUR = 3_600_000;
const errorsOf = ({ hour }: Past, name: string): number | undefined => hour.get('client')?.get(name)?.errors;
const forgotten = (atMs: number): QueryAnswer | undefined =>
  atMs < END - HOUR ? { kind: 'vector', samples: [], warnings: [] } : undefined;

describe('what is under watch', () => {
  /** It began to fail after it had moved, an hour and a half ago. */
  const flows = [
    { from: 'web', to: 'payments', perSecond: 5 },
    { from: 'web', to: 'cart', perSecond: 5, failing: (atMs: number) => (atMs > END - HOUR ? 0.1 : 0) },
  ];
  const watching = { ...scope, watched: ['cart'] };
  const when = { endMs: END, watchedEndMs: END - 1.5 * HOUR };

  it('has its own hour before, which nothing that it did since can spoil', async () => {
    const remembered = await remember(new FakePrometheus({ flows }), watching, when);
    if (remembered.kind !== 'known') throw new Error(remembered.reason);
    expect(errorsOf(remembered.past, 'cart')).toBe(0);
    expect(errorsOf(remembered.past, 'payments')).toBe(0);
    expect(remembered.past.bursts.get('client')?.has('cart')).toBe(false);
  });

  it('has the newest hour where Prometheus has forgotten that one', async () => {
    const remembered = await remember(new FakePrometheus({ flows, trouble: forgotten }), watching, when);
    if (remembered.kind !== 'known') throw new Error(remembered.reason);
    expect(errorsOf(remembered.past, 'cart')).toBeGreaterThan(1_000);
  });

  it('costs no query where there is nothing, or where the hour is the same', async () => {
    const asked = async (of: typeof scope, at: Question[2]): Promise<number> => {
      const prometheus = new FakePrometheus({ flows });
      await remember(prometheus, of, at);
      return prometheus.asked.length;
    };
    const least = await asked(scope, { endMs: END });
    expect(await asked(scope, when)).toBe(least);
    expect(await asked(watching, { endMs: END })).toBe(least);
    expect(await asked({ ...watching, subjects: ['payments', 'cart'] }, when)).toBe(least);
    expect(await asked(watching, when)).toBe(least + 2 * BATCH_SIGNALS.length);
  });
});

it('takes no calls at all for not knowing them', async () => {
  const past = await remember(new FakePrometheus({ flows: [] }), scope, { endMs: END });
  expect(past).toMatchObject({ kind: 'known' });
  expect(past).not.toHaveProperty('past.links');
});

const silentOn =
  (part: string) =>
  (_: number, query: string): QueryAnswer | undefined =>
    query.includes(part) ? { kind: 'unreachable', reason: 'no answer in 15 s' } : undefined;

describe('what is not answered', () => {
  const flows = [{ from: 'web', to: 'payments', perSecond: 5 }];
  it('keeps the rest waiting at first, also where the gate can do without it', async () => {
    const prometheus = new FakePrometheus({ flows, trouble: silentOn(' ^ 2 ') });
    expect(await remember(prometheus, scope, { endMs: END })).toMatchObject({ kind: 'unreachable' });
  });

  it('is a gap after that, but for the hour itself', async () => {
    const withoutBursts = new FakePrometheus({ flows, trouble: silentOn(' ^ 2 ') });
    const remembered = await remember(withoutBursts, scope, { endMs: END, waited: true });
    if (remembered.kind !== 'known') throw new Error(remembered.reason);
    expect(remembered.past.gaps).toHaveLength(BATCH_SIGNALS.length);
    expect(remembered.past.bursts.get('client')?.size).toBe(0);
    expect(remembered.past.hour.get('client')?.get('payments')?.requests).toBe(18_000);
    expect(remembered.past.quietest.get('client')?.get('payments')).toBe(300);
    const withoutHour = new FakePrometheus({ flows, trouble: silentOn('sum_over_time') });
    expect(await remember(withoutHour, scope, { endMs: END, waited: true })).toMatchObject({ kind: 'unreachable' });
  });

  it('is asked for once, and nothing like it: meanwhile nobody looks', async () => {
    const prometheus = new FakePrometheus({ flows, trouble: silentOn(' ^ 2 ') });
    const remembered = await remember(prometheus, scope, { endMs: END, waited: true });
    expect(prometheus.asked.filter(({ query }) => query.includes(' ^ 2 '))).toHaveLength(1);
    expect(remembered.kind === 'known' && remembered.past.gaps.join()).toContain('not asked');
  });
});
