import { describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import { runGate } from '../../src/phases/gate.ts';
import type { GateInput } from '../../src/phases/gate-input.ts';
import type { QueryAnswer } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { gate, MESH, minutes, since, START, withPayments } from '../builders/gate-run.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { FakePrometheus, type Flow } from '../fakes/prometheus.ts';

const codeless = (failing: number) => withPayments({ failing, failure: { response_flags: '-' } });

describe('a batch that is well', () => {
  it('passes as soon as the bake is over, with its arithmetic', async () => {
    const { verdict, elapsedMs } = await gate({ flows: MESH });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok', errors: 0, unproved: [] });
    expect(verdict.requests).toBeGreaterThan(1_400);
    expect(verdict.reason).toMatch(/^0 of 1,\d+ requests failed \(0 %, at most 0\.\d+ % at 99 %\)$/);
    expect(elapsedMs).toBeGreaterThanOrEqual(minutes(5));
    expect(elapsedMs).toBeLessThan(minutes(7));
  });

  it('asks at most six queries a tick, whatever the size of the batch', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `ns${String(index)}`);
    const flows = names.map((to) => ({ from: 'web', to, perSecond: 5 }));
    const { verdict, prometheus } = await gate(
      { flows: [...MESH, ...flows] },
      {},
      {
        subject: { kind: 'batch', namespaces: names },
        watched: ['books', 'shop'],
        source: asRevision('1-31-0'),
        opened: new Map(names.map((name) => [name, START])),
        scrapes: { scrapeIntervalMs: 15_000, lagMs: 0 },
      },
    );
    expect(verdict.kind).toBe('PASS');
    // The hour before is asked for once, before the first look.
    const once = prometheus.asked.filter(({ query }) => /sum_over_time|min_over_time|^group by/.test(query));
    expect(once).toHaveLength(15);
    const asked = prometheus.asked.filter((each) => !once.includes(each));
    const looks = Map.groupBy(asked, ({ atMs }) => Math.floor(atMs / 15_000));
    expect(looks.size).toBeGreaterThan(15);
    expect(Math.max(...[...looks.values()].map((each) => each.length))).toBeLessThanOrEqual(6);
  });

  it('says what it sees at every look, and once a minute where looks are rarer', async () => {
    const { log } = await gate({ flows: MESH }, { intervalMs: minutes(2) });
    expect(log.lines.some((line) => /^gate, batch 1: .*requests, 0 failed .*data .*old; needs .*bake/.test(line))).toBe(
      true,
    );
    expect(log.lines).toContain('gate, batch 1: next look in 1m');
  });

  it('counts from two scrapes after its last pod was ready, not from the restart', async () => {
    const flows = withPayments({ failing: since(1, START, START + minutes(2)) });
    const { verdict } = await gate({ flows }, {}, { opened: new Map([['payments', START + minutes(2)]]) });
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    expect(verdict.windowStartMs).toBeGreaterThanOrEqual(START + minutes(2) + 30_000);
    expect(verdict.warnings.join()).toContain('during the restart itself');
  });

  it('reports what failed during the restart, and compares it with nothing', async () => {
    const flows = withPayments({ failing: since(1, START, START + minutes(2)) });
    const { verdict } = await gate({ flows }, {}, { opened: new Map([['payments', START + minutes(2)]]) });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toMatch(
      /during the restart itself 600 of [678]\d\d requests failed; they are not judged/,
    );
  });

  it('holds what fails by the restart of others in its batch against no namespace that called them', async () => {
    // `payments` is ready at once; `cart`, which it calls, restarts for three minutes.
    const readyMs = START + minutes(3);
    const opened = new Map([
      ['payments', START],
      ['cart', readyMs],
    ]);
    const subject = { kind: 'batch', namespaces: ['payments', 'cart'] } as const;
    const calls: Flow = { from: 'payments', to: 'cart', perSecond: 5, failing: since(0.3, START, readyMs) };
    const { verdict } = await gate({ flows: [...MESH, calls] }, {}, { subject, opened });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.units.find((unit) => unit.subject === 'payments' && unit.signal === 'outbound')).toMatchObject({
      errors: 0,
    });
    expect(verdict.warnings.join()).toContain('during the restart itself');
    // What still fails once it has opened is evidence as ever.
    const after = await gate({ flows: [...MESH, { ...calls, failing: since(0.3) }] }, {}, { subject, opened });
    expect(after.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(after.elapsedMs).toBeGreaterThan(minutes(3));
  });

  it('holds what its own calls to others fail against it, while others of its batch restart', async () => {
    const opened = new Map([
      ['payments', START],
      ['cart', START + minutes(20)],
    ]);
    const flows = MESH.map((flow) => (flow.from === 'payments' ? { ...flow, failing: since(0.3) } : flow));
    const subject = { kind: 'batch', namespaces: ['payments', 'cart'] } as const;
    const { verdict, elapsedMs } = await gate({ flows }, {}, { subject, opened });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(elapsedMs).toBeLessThan(minutes(5));
  });

  it('takes a look that brings no newer sample for none', async () => {
    // Scrapes each minute, looks each quarter of it: three of four looks bring nothing.
    const { verdict, prometheus } = await gate(
      { flows: MESH, scrapeIntervalMs: minutes(1) },
      {},
      { scrapes: { scrapeIntervalMs: 15_000, lagMs: minutes(1) } },
    );
    expect(verdict.kind).toBe('PASS');
    const counted = prometheus.asked.filter(({ query }) => query.startsWith('sum by (source_workload_namespace'));
    const looked = prometheus.asked.filter(({ query }) => query.startsWith('max(timestamp'));
    expect(looked.length).toBeGreaterThan(3 * counted.length);
  });

  it('never looks more often than Prometheus scrapes', async () => {
    const { prometheus } = await gate({ flows: MESH, scrapeIntervalMs: minutes(1) }, { intervalMs: 1_000 });
    const looked = prometheus.asked.filter(({ query }) => /^max\(timestamp.*payments/.test(query));
    for (const [index, { atMs }] of looked.slice(1).entries())
      expect(atMs - (looked[index]?.atMs ?? 0)).toBeGreaterThanOrEqual(minutes(1));
  });

  it('passes on no fewer than three samples', async () => {
    const { verdict, elapsedMs } = await gate({ flows: MESH }, { bakeMs: 1, intervalMs: minutes(3), minRequests: 1 });
    expect(verdict.kind).toBe('PASS');
    expect(elapsedMs).toBeGreaterThanOrEqual(minutes(9));
  });

  it('passes on fresh samples only', async () => {
    const scrapesEndMs = START + minutes(5);
    const { verdict } = await gate({ flows: MESH, scrapesEndMs }, { bakeMs: minutes(5) + 1 });
    expect(verdict.kind).toBe('HOLD');
  });

  it("counts each request once, on the callers' side, or on the servers' where callers report nothing", async () => {
    const seen = await gate({ flows: MESH });
    const unseen = await gate({ flows: withPayments({ silent: ['client'] }) });
    for (const { verdict } of [seen, unseen]) {
      expect(verdict.kind).toBe('PASS');
      const seconds = (verdict.windowEndMs - verdict.windowStartMs) / 1_000;
      expect(verdict.requests).toBe(5 * seconds);
    }
  });

  it('is not passed by an early decision: the bake must be over and the rollout too', async () => {
    let over = false;
    const clock = new ManualClock(START, { automatic: true });
    const opened = new Map([['payments', START]]);
    const verdict = await runGate(
      { prometheus: new FakePrometheus({ flows: MESH }), clock, log: new FakeLog() },
      {
        settings: settingsWith(),
        subject: { kind: 'batch', namespaces: ['payments'] },
        unmoved: [],
        opened,
        isRolloutOver: () => (over ||= clock.now() > START + minutes(20)),
        target: asRevision('1-32-0'),
        batchLabel: 'batch 1',
      },
    );
    expect(verdict.kind).toBe('PASS');
    expect(clock.now()).toBeGreaterThan(START + minutes(20));
  });
});

const MESH_OTHERS = ['books', 'shop', 'web', 'bank'];

describe('a batch that breaches', () => {
  it('fails within four samples where no failure before tells how they come, while the rollout still goes on', async () => {
    const flows = withPayments({ failing: since(0.1), failure: { response_code: '503', response_flags: 'UH' } });
    const { verdict, elapsedMs } = await gate({ flows }, {}, { isRolloutOver: () => false });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(verdict.reason).toMatch(
      /^payments: .* failed \(10 %, at least .* at 99 %\), limit 1 %, \w+( side)?: 503 UH/,
    );
    expect(verdict.units[0]).toMatchObject({ state: 'fail', subject: 'payments' });
    // 30 s until the window, and a look each 15 s.
    expect(elapsedMs).toBeLessThanOrEqual(105_000);
  });

  it('fails within two samples where requests failed one by one before', async () => {
    const flows = withPayments({ failing: (atMs) => (atMs > START ? 0.1 : 0.002) });
    const { verdict, elapsedMs } = await gate({ flows });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(elapsedMs).toBeLessThanOrEqual(75_000);
  });

  it('fails at the second sample when everything fails', async () => {
    const { verdict, elapsedMs } = await gate({ flows: withPayments({ failing: since(1) }) });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(elapsedMs).toBeLessThanOrEqual(75_000);
  });

  it('fails at the first sample when everything fails, and requests failed one by one before', async () => {
    const flows = withPayments({ failing: (atMs) => (atMs > START ? 1 : 0.002) });
    const { verdict, elapsedMs } = await gate({ flows });
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(elapsedMs).toBeLessThanOrEqual(60_000);
  });

  it('holds before it fails when namespaces that were never touched breach too', async () => {
    const flows = MESH.map((flow) => (flow.to === 'bank' ? flow : { ...flow, failing: since(0.1) }));
    const { verdict } = await gate({ flows });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'mesh-wide-incident' });
  });

  it('fails all the same when only its callers and its callees suffer with it', async () => {
    const flows = MESH.map((flow) => (flow.to === 'books' ? flow : { ...flow, failing: since(0.1) }));
    expect((await gate({ flows })).verdict.kind).toBe('FAIL');
  });

  it('is not to blame for what it failed before already', async () => {
    const { verdict } = await gate({ flows: withPayments({ failing: 0.03 }) });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.warnings.join()).toContain('blamed by comparison only, and no PASS above the limit unless');
  });

  it('passes no worse than before where that is accepted, and says so', async () => {
    const { verdict } = await gate({ flows: withPayments({ failing: 0.03 }) }, {}, { overBefore: ['payments'] });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
    expect(verdict.units.find(({ signal }) => signal === 'client')?.state).toBe('pass');
    expect(verdict.warnings.join()).toContain('judged by comparison only: no worse than then is a PASS');
  });

  it.each([
    ['twice as bad', 0.03, 0.065, MESH_OTHERS],
    ['twice as bad, and nobody to compare with', 0.03, 0.3, []],
    ['all of it, where most failed before', 0.6, 1, []],
    ['over the limit, which it kept before', 0.005, 0.0105, MESH_OTHERS],
  ])('does not pass what is worse than before, accepted or not: %s', async (_, before, now, unmoved) => {
    const flows = withPayments({ failing: (atMs) => (atMs > START ? now : before) });
    const { verdict } = await gate({ flows }, {}, { overBefore: ['payments'], unmoved });
    expect(verdict.kind).not.toBe('PASS');
  });

  it('only warns, however much worse it is, where nobody is left to compare with', async () => {
    const flows = withPayments({ failing: (atMs) => (atMs > START ? 0.3 : 0.03) });
    const { verdict } = await gate({ flows }, {}, { unmoved: [] });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.warnings.join()).toContain('comparison only warns');
  });

  it('is to blame when it is clearly worse than it was', async () => {
    const flows = withPayments({ failing: (atMs) => (atMs > START ? 0.15 : 0.03) });
    expect((await gate({ flows })).verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
  });

  it('has the limit of the first pattern in max-error-rate that fits its namespace', async () => {
    const maxErrorRate = {
      limit: 0.01,
      exceptions: [
        { pattern: 'legacy-*', limit: 0.3 },
        { pattern: 'pay*', limit: 0.2 },
        { pattern: '*', limit: 0.4 },
      ],
    };
    const { verdict } = await gate({ flows: withPayments({ failing: since(0.1) }) }, { maxErrorRate });
    expect(verdict.units[0]).toMatchObject({ limit: 0.2 });
    expect(verdict.kind).toBe('PASS');
  });

  it('holds as inconclusive where the ratio is over the limit without proof', async () => {
    const { verdict, elapsedMs } = await gate({ flows: withPayments({ failing: since(0.0105) }) });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(elapsedMs).toBeGreaterThanOrEqual(minutes(30));
  });
});

describe('a batch without traffic', () => {
  const idle = withPayments({ perSecond: 0 }).map((flow) =>
    flow.from === 'payments' ? { ...flow, perSecond: 0 } : flow,
  );

  it('holds at max-bake: no evidence is no PASS', async () => {
    const { verdict, elapsedMs } = await gate({ flows: idle });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'no-traffic', unproved: ['payments'] });
    expect(elapsedMs).toBeGreaterThanOrEqual(minutes(30));
  });

  it('passes with a warning where on-no-traffic says so, once the bake is over', async () => {
    const { verdict, elapsedMs, log } = await gate({ flows: idle }, { onNoTraffic: 'pass' });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'no-traffic-accepted' });
    expect(verdict.warnings[0]).toContain('`on-no-traffic: pass` let it through');
    expect(log.lines.filter((line) => line.startsWith('warning: '))).toEqual([
      expect.stringMatching(/^warning: batch 1: PASS, too little traffic to judge, accepted by on-no-traffic: /),
    ]);
    expect(elapsedMs).toBeLessThan(minutes(7));
  });

  it('is judged so even where it has no series at all, while the mesh has', async () => {
    const flows = MESH.filter(({ from, to }) => from !== 'payments' && to !== 'payments');
    expect((await gate({ flows })).verdict.reasonCode).toBe('no-traffic');
  });

  it('does not pass on few requests of which some fail', async () => {
    const flows = withPayments({ perSecond: 0.02, failing: since(0.3) });
    const { verdict } = await gate({ flows }, { onNoTraffic: 'pass' });
    expect(verdict.kind).not.toBe('PASS');
  });
});

/** What is left is one idle pod that is still scraped. */
const most = (atMs: number): number => (atMs > START ? 0.1 : 5);
const calledBy = (fromOutside: Flow['perSecond']): readonly Flow[] => [
  { from: 'cart', to: 'payments', perSecond: most },
  { from: 'web', to: 'payments', perSecond: fromOutside, silent: ['server'] },
  { from: 'shop', to: 'books', perSecond: 20 },
];
const stops = (atMs: number): number => (atMs > START ? 0 : 5);

describe('traffic that is lost', () => {
  it('fails when callers and proxies both miss it, and elsewhere is as busy as ever', async () => {
    expect((await gate({ flows: withPayments({ perSecond: stops }) })).verdict).toMatchObject({
      kind: 'FAIL',
      reasonCode: 'traffic-lost',
    });
  });

  it('is no failure of a namespace that is deleted, which is said and judged no further', async () => {
    const flows = withPayments({ perSecond: stops }).concat({ from: 'books', to: 'bank', perSecond: 20 });
    const opened = new Map([
      ['payments', START],
      ['bank', START],
    ]);
    const subject = { kind: 'batch', namespaces: ['payments', 'bank'] } as const;
    const { verdict, log } = await gate({ flows }, {}, { subject, opened, present: async () => new Set(['bank']) });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
    expect(new Set(verdict.units.map((unit) => unit.subject))).toEqual(new Set(['bank']));
    expect(log.lines).toContain('warning: gate, batch 1: deleted meanwhile, and judged no further: payments');
    const silent = await gate({ flows }, {}, { subject, opened, present: async () => undefined });
    expect(silent.verdict.kind).not.toBe('PASS');
  });

  it('passes, without evidence of anything, once all of its namespaces are deleted', async () => {
    const { verdict } = await gate({ flows: MESH }, {}, { present: async () => new Set() });
    expect(verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok', requests: 0, units: [] });
  });

  it('holds when only the proxies miss it: then their telemetry is lost', async () => {
    const flows = withPayments({ silent: ['server'] }).concat({
      from: 'web',
      to: 'payments',
      perSecond: stops,
      silent: ['client', 'outbound'],
    });
    expect((await gate({ flows })).verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'telemetry-lost' });
  });

  describe('of a batch whose namespaces call one another', () => {
    const both = {
      subject: { kind: 'batch', namespaces: ['cart', 'payments'] },
      opened: new Map([
        ['cart', START],
        ['payments', START],
      ]),
      unmoved: ['web', 'shop', 'books'],
    } as const;

    it('holds when only the proxies of the batch miss it, its own callers too', async () => {
      const { verdict } = await gate({ flows: calledBy(1) }, {}, both);
      expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'telemetry-lost' });
    });

    it('fails when callers outside of it miss it too', async () => {
      const { verdict } = await gate({ flows: calledBy((atMs) => (atMs > START ? 0 : 1)) }, {}, both);
      expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'traffic-lost' });
    });

    it('holds when those outside report nothing', async () => {
      const gone = calledBy(1).map((flow): Flow => (flow.from === 'web' ? { ...flow, endsMs: START } : flow));
      const { verdict } = await gate({ flows: gone }, {}, both);
      expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'telemetry-lost' });
    });
  });

  it('does not fail when the whole mesh goes quiet', async () => {
    const flows = MESH.map((flow) => ({ ...flow, perSecond: (atMs: number) => (atMs > START ? 0.01 : 5) }));
    expect((await gate({ flows })).verdict.kind).toBe('HOLD');
  });
});

const unreachable = { kind: 'unreachable', reason: 'the connection was refused' } as const;
const refused = { kind: 'misconfigured', cause: 'query', reason: 'HTTP 422: too many samples' } as const;
const ofHour = (query: string): boolean => query.includes('sum_over_time');
const noHour = (_: number, query: string): QueryAnswer | undefined => (ofHour(query) ? unreachable : undefined);
const hourRefused = (_: number, query: string): QueryAnswer | undefined => (ofHour(query) ? refused : undefined);
const isDispensable = (query: string): boolean => query.includes(' ^ 2 ') || query.startsWith('min_over_time');
const restRefused = (_: number, query: string): QueryAnswer | undefined => (isDispensable(query) ? refused : undefined);
const noRest = (_: number, query: string): QueryAnswer | undefined => (isDispensable(query) ? unreachable : undefined);

describe('a Prometheus in trouble', () => {
  const partial = { kind: 'vector', samples: [], warnings: ['store eu-2: unavailable'] } as const;

  it('holds as blind after five minutes, never fails', async () => {
    const { verdict, elapsedMs } = await gate({
      flows: withPayments({ failing: since(1) }),
      trouble: () => unreachable,
    });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
    expect(elapsedMs).toBeLessThan(minutes(6));
  });

  it('goes on where it left off when sight returns in time', async () => {
    const { verdict } = await gate({
      flows: MESH,
      trouble: (atMs) => (atMs > START + minutes(2) && atMs < START + minutes(5) ? unreachable : undefined),
    });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.requests).toBeGreaterThan(1_400);
  });

  it('holds as blind when scrapes end and numbers only grow old', async () => {
    const { verdict } = await gate({ flows: MESH, scrapesEndMs: START + minutes(2) });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
  });

  it.each([
    ['all is well', MESH],
    ['all fails', withPayments({ failing: since(1) })],
  ])(
    'holds as blind when the hour before alone is not answered for, however well or ill it goes: %s',
    async (_, flows) => {
      const { verdict, elapsedMs, log } = await gate({ flows, trouble: noHour });
      expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
      expect(verdict.reason).toMatch(
        /^the hour before could not be read for 5m\w*: .*client side.*: the connection was refused; .*`compare: off`/,
      );
      expect(elapsedMs).toBeGreaterThanOrEqual(minutes(5));
      expect(elapsedMs).toBeLessThan(minutes(6));
      expect(log.lines.join()).toContain(
        'needs an answer about the hour before (client side): the connection was refused',
      );
    },
  );

  it('ends at max-bake without the hour before, even where that comes sooner', async () => {
    const { verdict, elapsedMs } = await gate(
      { flows: MESH, trouble: noHour },
      { bakeMs: minutes(2), maxBakeMs: minutes(3) },
    );
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'blind' });
    expect(elapsedMs).toBeLessThan(minutes(5));
  });

  it('waits for the hour before as for all else', async () => {
    let asks = 0;
    const trouble = (_: number, query: string): typeof unreachable | undefined =>
      ofHour(query) && (asks += 1) < 12 ? unreachable : undefined;
    const { verdict } = await gate({ flows: MESH, trouble });
    expect(verdict).toMatchObject({ kind: 'PASS', warnings: [] });
  });

  it('does without the hour before where nothing is compared, and says what it then does not know', async () => {
    const well = await gate({ flows: MESH, trouble: noHour }, { compare: 'off' });
    expect(well.verdict).toMatchObject({ kind: 'PASS', reasonCode: 'ok' });
    expect(well.verdict.warnings.join()).toContain('how much traffic to expect is not known');
    const ill = await gate({ flows: withPayments({ failing: since(1) }), trouble: noHour }, { compare: 'off' });
    expect(ill.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(ill.elapsedMs).toBeLessThan(minutes(2));
    const hasty = await gate(
      { flows: MESH, trouble: noHour },
      { compare: 'off', bakeMs: minutes(2), maxBakeMs: minutes(3) },
    );
    expect(hasty.verdict.kind).toBe('PASS');
  });

  it('takes a partial answer for none', async () => {
    const { verdict } = await gate({ flows: MESH, trouble: () => partial });
    expect(verdict.reasonCode).toBe('blind');
    expect(verdict.reason).toContain('store eu-2');
  });

  it('holds as misconfigured at the second refusal', async () => {
    const { verdict, elapsedMs } = await gate({
      flows: MESH,
      trouble: () => ({ kind: 'misconfigured', cause: 'auth', reason: 'HTTP 401' }),
    });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'misconfigured' });
    expect(elapsedMs).toBeLessThan(minutes(1));
  });

  it('holds as misconfigured where more requests carry no response code than may fail', async () => {
    expect((await gate({ flows: codeless(0.009) })).verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    const { verdict, elapsedMs } = await gate({ flows: codeless(0.5) });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'misconfigured' });
    expect(verdict.reason).toContain('requests of payments carry no response_code');
    expect(elapsedMs).toBeLessThan(minutes(2));
  });

  it.each([
    ['what always failed as much is no fault of the upgrade', withPayments({ failing: 0.03 })],
    [
      'who reports no more is not thin',
      [...MESH, { from: 'web', to: 'cart', perSecond: (atMs: number) => Number(atMs <= START), endsMs: START }],
    ],
  ])('holds as misconfigured where the hour before is refused: %s', async (_, flows) => {
    const batch = {
      subject: { kind: 'batch', namespaces: ['payments', 'cart'] } as const,
      opened: new Map([
        ['payments', START],
        ['cart', START],
      ]),
    };
    const seen = await gate({ flows, trouble: hourRefused }, {}, batch);
    expect(seen.verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'misconfigured' });
    expect(seen.verdict.reason).toMatch(
      /^Prometheus refuses the hour before \(client side\): HTTP 422: too many samples; .*`compare: off`/,
    );
    expect(seen.elapsedMs).toBeLessThan(minutes(2));
  });

  it('judges by the limit alone where the hour before is refused and nothing is compared', async () => {
    const ill = await gate({ flows: withPayments({ failing: since(0.1) }), trouble: hourRefused }, { compare: 'off' });
    expect(ill.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    const well = await gate({ flows: MESH, trouble: hourRefused }, { compare: 'off' });
    expect(well.verdict.kind).toBe('PASS');
    expect(well.verdict.warnings.join()).toContain('the hour before (client side) could not be measured: HTTP 422');
  });

  it('does without what it can do without, where that alone is refused', async () => {
    const { verdict } = await gate({ flows: MESH, trouble: restRefused });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toContain('bursts in the hour before (client side) could not be measured');
  });

  it('does without what it can do without, where that alone is not answered for a minute', async () => {
    const { verdict } = await gate({ flows: MESH, trouble: noRest });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings.join()).toContain(
      'bursts in the hour before (client side) could not be measured: the connection was refused; what depends on it counts as unknown',
    );
    const ill = await gate({ flows: withPayments({ failing: since(1) }), trouble: noRest });
    expect(ill.verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(ill.elapsedMs).toBeLessThan(minutes(3));
  });

  it('judges by its clock, not by ours', async () => {
    const skewMs = minutes(-7);
    const shifted = (atMs: number): number => (atMs > START + skewMs ? 0.1 : 0);
    const { verdict } = await gate({ flows: withPayments({ failing: shifted }), skewMs });
    expect(verdict.kind).toBe('FAIL');
  });
});

describe('gateways', () => {
  const subject = { kind: 'gateways', gateways: [{ namespace: 'edge', name: 'ingress' }] } as const;
  const opened = new Map([['edge/ingress', START]]);
  const edge: Flow = { from: 'edge', workload: 'ingress', to: 'web', perSecond: 10 };

  it('are judged on what they sent', async () => {
    const { verdict } = await gate({ flows: [...MESH, edge] }, {}, { subject, opened });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.units).toMatchObject([{ subject: 'edge/ingress', signal: 'gateway', state: 'pass' }]);
  });

  it('fail when their requests fail', async () => {
    const flows = [...MESH, { ...edge, failing: since(0.2) }];
    expect((await gate({ flows }, {}, { subject, opened })).verdict.kind).toBe('FAIL');
  });
});

describe("the user's own objectives", () => {
  const ratio = { kind: 'ratio', errors: 'bad{ns=~"$namespaces"}[$window]', total: 'all', limit: 0.01 } as const;
  const scalar = { kind: 'scalar', query: 'p99', max: 500 } as const;

  it('fail the batch when they are hard and breached on two samples', async () => {
    const objectives = [{ name: 'checkout', hard: true, measure: ratio }];
    const { verdict, prometheus } = await gate(
      { flows: MESH, other: (query) => [{ labels: {}, value: query.startsWith('bad') ? 50 : 100 }] },
      { objectives },
    );
    expect(verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'objective' });
    expect(verdict.reason).toContain('objective checkout: 50 of 100 (50 %), limit 1 %');
    expect(verdict.queries[0]).toMatch(/^bad\{ns=~"payments"\}\[\d+ms\] # at 2026-11-24T12:0\d:/);
    expect(verdict.queries[1]).toMatch(/^all # at /);
    expect(prometheus.asked.some(({ query }) => /^bad\{ns=~"payments"\}\[\d+ms\]$/.test(query))).toBe(true);
  });

  it('are read from when the last namespace of the batch has opened: no restart breaches them', async () => {
    const objectives = [{ name: 'checkout', hard: true, measure: ratio }];
    const lastMs = START + minutes(6);
    const opened = new Map([['payments', START]]);
    const flows: readonly Flow[] = [...MESH, { from: 'web', to: 'cart', perSecond: 5 }];
    // `cart` restarts for six minutes, and half of its requests fail meanwhile.
    const other = (query: string, atMs: number) => {
      const windowMs = Number(/\[(\d+)ms\]/.exec(query)?.[1] ?? 0);
      return [{ labels: {}, value: query.startsWith('bad') ? (atMs - windowMs < lastMs ? 50 : 0) : 100 }];
    };
    const trouble = (atMs: number): undefined => {
      if (atMs >= lastMs) opened.set('cart', lastMs);
    };
    const { verdict, prometheus } = await gate(
      { flows, other, trouble },
      { objectives },
      { subject: { kind: 'batch', namespaces: ['payments', 'cart'] }, opened, isRolloutOver: () => opened.size === 2 },
    );
    expect(verdict.kind).toBe('PASS');
    const spans = prometheus.asked.flatMap(({ query, atMs }) =>
      query.startsWith('bad') ? [[atMs, Number(/\[(\d+)ms\]/.exec(query)?.[1])] as const] : [],
    );
    expect(spans.length).toBeGreaterThan(3);
    // Two scrapes after its last pod was ready, and never before.
    for (const [atMs, windowMs] of spans) expect(atMs - windowMs).toBeGreaterThanOrEqual(lastMs + 30_000);
    // No range too short for two samples.
    expect(Math.min(...spans.map(([, windowMs]) => windowMs))).toBeGreaterThanOrEqual(30_000);
  });

  it('only warn when they are soft', async () => {
    const objectives = [{ name: 'p99', hard: false, measure: scalar }];
    const { verdict } = await gate({ flows: MESH, other: () => [{ labels: {}, value: 812 }] }, { objectives });
    expect(verdict.kind).toBe('PASS');
    expect(verdict.warnings).toContain('objective p99: 812, at most 500');
  });

  it.each([
    ['NaN', [{ labels: {}, value: NaN }]],
    ['infinite', [{ labels: {}, value: Infinity }]],
    ['empty', []],
  ])('neither pass nor fail on an answer that is %s', async (_, samples) => {
    const objectives = [{ name: 'p99', hard: true, measure: scalar }];
    const { verdict } = await gate({ flows: MESH, other: () => samples }, { objectives });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    expect(verdict.reason).toContain('objective p99: no data');
  });
});

describe('the gate', () => {
  const WATCHED: GateInput = {
    settings: settingsWith(),
    subject: { kind: 'batch', namespaces: ['payments'] },
    unmoved: [],
    opened: new Map([['payments', START]]),
    isRolloutOver: () => true,
    target: asRevision('1-32-0'),
    batchLabel: 'batch 1',
  };

  it('ends as interrupted when it is asked to stop', async () => {
    const { verdict } = await gate({ flows: MESH }, {}, { signal: AbortSignal.abort() });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'interrupted' });
  });

  it.each([1, 4, 9, 20])('stops at once when question %i is never answered, and asks no other', async (last) => {
    const stop = new AbortController();
    const prometheus = new FakePrometheus({ flows: MESH });
    const stuck = {
      address: prometheus.address,
      skewMs: () => 0,
      query: async (...asked: Parameters<FakePrometheus['query']>) => {
        const answer = await prometheus.query(...asked);
        if (prometheus.asked.length < last) return answer;
        stop.abort();
        return new Promise<never>(() => undefined);
      },
    };
    const verdict = await runGate(
      { prometheus: stuck, clock: new ManualClock(START, { automatic: true }), log: new FakeLog() },
      {
        ...WATCHED,
        signal: stop.signal,
      },
    );
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'interrupted' });
    expect(verdict.warnings.filter((warning) => warning.includes('told to stop'))).toEqual([]);
    // Questions of one look go out together.
    expect(prometheus.asked.length).toBeLessThan(last + 6);
  });

  it('stops at once when the API server does not say which namespaces are there', async () => {
    const stop = new AbortController();
    const present = async (): Promise<never> => {
      stop.abort();
      return new Promise<never>(() => undefined);
    };
    const { verdict, prometheus } = await gate({ flows: MESH }, {}, { signal: stop.signal, present });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'interrupted' });
    expect(prometheus.asked).toEqual([]);
  });

  it('holds where there is no Prometheus to ask', async () => {
    const verdict = await runGate({ clock: new ManualClock(START), log: new FakeLog() }, WATCHED);
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'misconfigured' });
  });

  it.each([
    ['one that is named', ['5'], 'FAIL'],
    ['one that is not', ['14'], 'PASS'],
    ['one that is none by default', undefined, 'PASS'],
  ])('takes a status of gRPC for a failure where it is told to: %s', async (_, grpcErrors, kind) => {
    const failure = { response_code: '200', response_flags: '-', grpc_response_status: '5' };
    const named = grpcErrors === undefined ? {} : { grpcErrors };
    const now = await gate({ flows: withPayments({ failing: since(0.1), failure }) }, named);
    expect(now.verdict.kind).toBe(kind);
    const ever = await gate({ flows: withPayments({ failing: 0.1, failure }) }, named);
    expect(ever.verdict.warnings.length > 0).toBe(kind === 'FAIL');
  });

  it('asks for proof where evidence: proved is set', async () => {
    const weak = await gate({ flows: withPayments({ perSecond: 0.3 }) }, { evidence: 'proved' });
    expect(weak.verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'inconclusive' });
    const strong = await gate({ flows: MESH }, { evidence: 'proved' });
    expect(strong.verdict.kind).toBe('PASS');
  });

  it('gives queries to paste, with their time in them', async () => {
    const { verdict } = await gate({ flows: MESH });
    expect(verdict.queries).toHaveLength(3);
    expect(verdict.queries[0]).toMatch(/destination_service_namespace=~"payments".* @ \d+\.\d+/);
  });
});

describe('a Prometheus that begins anew', () => {
  const [anewMs, endMs] = [START + minutes(3) - 5_000, START + minutes(3) + 20_000];
  /** For half a minute all that is scraped is first seen, with the failures of a whole life. */
  const ofLives = (atMs: number): boolean => atMs > anewMs && atMs <= endMs;
  const flows = withPayments({
    perSecond: (atMs) => (ofLives(atMs) ? 2_000 : 5),
    failing: (atMs) => (ofLives(atMs) ? 0.5 : 0),
  });
  const forgetting = (atMs: number): number => (atMs >= anewMs ? anewMs : -Infinity);

  it('fails nobody for what is as old as its proxies, and says that it was not counted', async () => {
    const { verdict, log, elapsedMs } = await gate({ flows, oldestMs: forgetting });
    expect(verdict).toMatchObject({ kind: 'PASS', errors: 0 });
    expect(verdict.warnings.join()).toContain('could not be counted: Prometheus knew nothing of what was before');
    expect(log.lines.join('\n')).toContain('blind: Prometheus knows nothing from before');
    expect(elapsedMs).toBeGreaterThan((await gate({ flows: MESH })).elapsedMs);
  });

  it('fails what fails so without having begun anew', async () => {
    expect((await gate({ flows })).verdict).toMatchObject({ kind: 'FAIL', reasonCode: 'error-rate' });
  });
});
