import { describe, expect, it } from 'vitest';
import { rehearsal, rehearse as rehearseAloud } from '../../src/phases/rehearse.ts';
import type { QueryAnswer } from '../../src/ports/prometheus.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { FakeLog } from '../fakes/log.ts';
import { type FakeOptions, FakePrometheus } from '../fakes/prometheus.ts';

const FLOWS = [{ from: 'web', to: 'payments', perSecond: 5 }];
/** A full hour. */
const NOW = 1_800_000_000_000;

const rehearse = async (options: Partial<FakeOptions>, settings = settingsWith(), overMs = 3_600_000) =>
  rehearsal(
    { prometheus: new FakePrometheus({ flows: FLOWS, ...options }), clock: new ManualClock(NOW), log: new FakeLog() },
    { settings, batches: [['payments', 'idle']], overMs },
  );

const besideIstiod = async (istiods: FakeOptions['istiods'], flows = FLOWS) =>
  rehearsal(
    {
      prometheus: new FakePrometheus({ flows, ...(istiods === undefined ? {} : { istiods }) }),
      clock: new ManualClock(NOW),
      log: new FakeLog(),
    },
    {
      settings: settingsWith(),
      batches: [['payments']],
      overMs: 2 * 3_600_000,
      controlPlanes: { source: '1-31', target: '1-32' },
    },
  );

const withoutCode = (query: string): QueryAnswer | undefined =>
  query.startsWith('sum_over_time((sum by (destination_service_namespace,') && query.includes('istio_requests_total')
    ? { kind: 'vector', samples: [{ labels: { destination_service_namespace: 'payments' }, value: 90 }], warnings: [] }
    : undefined;

describe('the rehearsal', () => {
  it('says for each namespace what its last hour was worth, and what it could reveal', async () => {
    const { findings, namespaces } = await rehearse({});
    expect(findings.map(({ id }) => id)).toEqual(['slo-unprovable']);
    expect(namespaces).toMatchObject([
      { namespace: 'payments', requests: 18_000, verdict: 'PASS', passAfterMs: 300_000 },
      { namespace: 'idle', requests: 0, verdict: 'HOLD' },
    ]);
    expect(namespaces[0]?.smallestBreach).toBeLessThan(0.02);
    expect(namespaces[1]?.smallestBreach).toBeUndefined();
  });

  it('finds what is over the limit already, overridably', async () => {
    const { findings } = await rehearse({ flows: [{ from: 'web', to: 'payments', perSecond: 5, failing: 0.03 }] });
    expect(findings[0]).toMatchObject({ id: 'baseline-over-limit', severity: 'overridable', subject: 'payments' });
    expect(findings[0]?.message).toContain('540 of 18,000 requests');
  });

  it.each([
    ['what it sends', { flows: [...FLOWS, { from: 'payments', to: 'bank', perSecond: 5, failing: 0.03 }] }, 'outbound'],
    ['its TCP connections', { connections: [{ from: 'web', to: 'payments', perSecond: 5, failing: 0.03 }] }, 'TCP'],
  ])('sees %s fail, not its inbound requests alone', async (_, options, side) => {
    const { namespaces } = await rehearse(options);
    expect(namespaces[0]).toMatchObject({ namespace: 'payments', errors: 0, verdict: 'FAIL', passAfterMs: 300_000 });
    expect(namespaces[0]?.sentence).toMatch(new RegExp(`540 of 18,000 \\w+ failed .*, ${side}`));
  });

  it('ends its newest hour where it is told to', async () => {
    const failing = (atMs: number): number => (atMs > NOW ? 1 : 0);
    const world = {
      prometheus: new FakePrometheus({ flows: [{ from: 'web', to: 'payments', perSecond: 5, failing }] }),
      clock: new ManualClock(NOW + 600_000),
      log: new FakeLog(),
    };
    const input = { settings: settingsWith(), batches: [['payments']], overMs: 3_600_000 };
    expect((await rehearsal(world, { ...input, endMs: NOW })).findings).toEqual([]);
    expect((await rehearsal(world, input)).findings.map(({ id }) => id)).toEqual(['baseline-over-limit']);
  });

  it.each([
    [{}, 'What the gate would have said over the last hour'],
    [
      { endMs: NOW },
      'What the gate would have said over the last hour before 08:00 UTC, when what was taken back had begun',
    ],
  ])('says of which hour it speaks: %j', async (more, title) => {
    const world = {
      prometheus: new FakePrometheus({ flows: FLOWS }),
      clock: new ManualClock(NOW + 600_000),
      log: new FakeLog(),
    };
    await rehearseAloud(world, { settings: settingsWith(), batches: [['payments']], overMs: 3_600_000, ...more });
    expect(world.log.lines[0]).toBe(title);
  });

  it('says so when Prometheus does not answer', async () => {
    const { findings } = await rehearse({ trouble: () => ({ kind: 'unreachable', reason: 'gone' }) });
    expect(findings).toMatchObject([{ id: 'rehearsal-not-measured', severity: 'notice' }]);
  });

  it('says so when Prometheus refuses the hour, and what the gate would do', async () => {
    const { findings } = await rehearse({
      trouble: (_, query) =>
        query.includes('sum_over_time') ? { kind: 'misconfigured', cause: 'query', reason: 'HTTP 422' } : undefined,
    });
    expect(findings).toMatchObject([{ id: 'rehearsal-not-measured', severity: 'notice' }]);
    expect(findings[0]?.message).toContain('the hour before (client side): HTTP 422');
    expect(findings[0]?.remedy).toContain('the gate would hold');
  });

  it('warns of a batch whose traffic can never bring a PASS, and says what would help', async () => {
    const quiet = { flows: [{ from: 'web', to: 'payments', perSecond: 0.1 }] };
    const { findings, batches } = await rehearse(quiet);
    const found = findings.find(({ id }) => id === 'batch-cannot-pass');
    expect(found).toMatchObject({ severity: 'notice', subject: 'batch 1' });
    expect(found?.message).toContain('gets about 180 requests within max-bake, and a PASS needs 300');
    expect(found?.remedy).toContain('Raise max-bake to 50m, lower min-requests below 180');
    expect(batches).toEqual([{ passAfterMs: 3_000_000, requests: 180 }]);
    const { findings: accepted } = await rehearse(quiet, settingsWith({ onNoTraffic: 'pass' }));
    expect(accepted.map(({ id }) => id)).not.toContain('batch-cannot-pass');
  });

  it('names the namespaces of which nothing could be proved', async () => {
    const { findings } = await rehearse({});
    expect(findings).toMatchObject([{ id: 'slo-unprovable', severity: 'notice', subject: 'idle' }]);
  });

  it('says beforehand that rejected configuration would only warn, where the source’s istiod is not scraped', async () => {
    const pod = 'istiod-1-31-5d4c7b9f8d-x2x4z';
    const scraped = await besideIstiod(() => [{ labels: { istiod: 'proxies', pod }, value: 7 }]);
    expect(scraped.findings).toEqual([]);
    const { findings } = await besideIstiod(undefined);
    expect(findings).toMatchObject([{ id: 'istiod-unseen', severity: 'notice', subject: 'istiod 1-31' }]);
    const young = await besideIstiod(undefined, []);
    expect(young.findings.map(({ id }) => id)).not.toContain('istiod-unseen');
  });

  it('does without what the gate would do without, and says what that is', async () => {
    const { findings, namespaces } = await rehearse({
      trouble: (_, query) => (query.includes(' ^ 2 ') ? { kind: 'unreachable', reason: 'HTTP 503' } : undefined),
    });
    expect(namespaces[0]).toMatchObject({ namespace: 'payments', requests: 18_000, verdict: 'PASS' });
    expect(findings[0]).toMatchObject({ id: 'rehearsal-not-measured', severity: 'notice' });
    expect(findings[0]?.message).toContain('bursts in the hour before (client side) could not be measured: HTTP 503');
  });

  it('says beforehand that requests carry no response code', async () => {
    const { findings } = await rehearse({
      trouble: (_, query) => withoutCode(query),
    });
    expect(findings[0]).toMatchObject({ id: 'rehearsal-not-measured', severity: 'notice' });
    expect(findings[0]?.message).toContain('requests of payments carried no response_code in the hour before');
  });

  it('asks for more requests where the limit must be proved', async () => {
    const slow = { flows: [{ from: 'web', to: 'payments', perSecond: 0.8 }] };
    const { namespaces: disproved } = await rehearse(slow);
    const { namespaces: proved } = await rehearse(slow, settingsWith({ evidence: 'proved' }));
    expect(disproved[0]?.passAfterMs).toBe(300_000);
    expect(proved[0]?.passAfterMs).toBeGreaterThan(600_000);
  });

  describe('over several hours', () => {
    const HOUR = 3_600_000;
    /** At night a fiftieth of the traffic; two hours ago a tenth failed. */
    const hoursAgo = (atMs: number): number => Math.ceil((NOW - atMs) / HOUR);
    const daily: FakeOptions = {
      flows: [
        {
          from: 'web',
          to: 'payments',
          perSecond: (atMs) => (hoursAgo(atMs) === 4 ? 0.1 : 5),
          failing: (atMs) => (hoursAgo(atMs) === 2 ? 0.1 : 0),
        },
      ],
    };

    it('tells the worst hour, and the outlook of the quietest', async () => {
      const { namespaces, batches, findings } = await rehearse(daily, settingsWith(), 6 * HOUR);
      const [payments] = namespaces;
      expect(payments).toMatchObject({ verdict: 'FAIL', errors: 1_800 });
      expect(payments?.sentence).toMatch(
        /^\d\d:00–\d\d:00 FAIL: payments: 1,800 of 18,000 .* \| \d\d:00–\d\d:00 PASS: payments: 0 of 36\d /,
      );
      expect(batches[0]?.passAfterMs).toBeGreaterThan(2_900_000);
      expect(findings.map(({ id }) => id)).toContain('batch-cannot-pass');
    });

    it('does not see them in one', async () => {
      const { namespaces } = await rehearse(daily, settingsWith(), HOUR);
      expect(namespaces[0]).toMatchObject({ verdict: 'PASS', requests: 18_000 });
    });

    /** Of what lies before the last hour. */
    const earlier = (answer: QueryAnswer): FakeOptions => ({
      ...daily,
      trouble: (atMs) => (atMs < NOW - HOUR / 2 ? answer : undefined),
    });
    it.each<[string, QueryAnswer, string]>([
      ['Prometheus knows nothing any more', { kind: 'vector', samples: [], warnings: [] }, 'it knows of no request'],
      ['an hour is not answered for', { kind: 'unreachable', reason: 'timed out' }, 'timed out'],
    ])('ends where %s, and says how far it came and why', async (_, answer, why) => {
      const world = {
        prometheus: new FakePrometheus(earlier(answer)),
        clock: new ManualClock(NOW),
        log: new FakeLog(),
      };
      const input = { settings: settingsWith(), batches: [['payments']], overMs: 6 * HOUR };
      const { namespaces, findings } = await rehearseAloud(world, input);
      expect(namespaces[0]).toMatchObject({ verdict: 'PASS', requests: 18_000 });
      expect(world.log.lines[0]).toBe('What the gate would have said over the last hour');
      expect(findings).toMatchObject([{ id: 'rehearsal-not-measured', severity: 'notice' }]);
      expect(findings[0]?.message).toContain('Of 6h only the last 1h could be measured; before 07:00 UTC: ');
      expect(findings[0]?.message).toContain(why);
    });

    it('tells over how many it went, and complains of none where all were read', async () => {
      const world = { prometheus: new FakePrometheus(daily), clock: new ManualClock(NOW), log: new FakeLog() };
      const input = { settings: settingsWith(), batches: [['payments']], overMs: 3 * HOUR };
      const { findings } = await rehearseAloud(world, input);
      expect(world.log.lines[0]).toBe('What the gate would have said over the last 3h');
      expect(findings.map(({ id }) => id)).not.toContain('rehearsal-not-measured');
    });
  });
});
