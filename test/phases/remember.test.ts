import { expect, it } from 'vitest';
import { remember } from '../../src/phases/remember.ts';
import { BATCH_SIGNALS } from '../../src/slo/signals.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakePrometheus } from '../fakes/prometheus.ts';

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

it('takes no calls at all for not knowing them', async () => {
  const past = await remember(new FakePrometheus({ flows: [] }), scope, { endMs: END });
  expect(past).toMatchObject({ kind: 'known' });
  expect(past).not.toHaveProperty('past.links');
});
