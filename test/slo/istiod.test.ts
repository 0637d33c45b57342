import { describe, expect, it } from 'vitest';
import {
  addIstiods,
  istiodCounts,
  istiodQuery,
  istiodSentence,
  type Istiods,
  istiodState,
  NO_ISTIODS,
} from '../../src/slo/istiod.ts';

const PLANES = { source: 'default', target: '1-32' };
const row = (pod: string, istiod: string, value: number) => ({ labels: { pod, istiod }, value });
const SOURCE = 'istiod-7d9fbb6c5d-x2x4z';
const TARGET = 'istiod-1-32-5c7d8f9b4b-qwrtp';

describe("istiods' counters", () => {
  it('are found by the names of their pods, the one without a revision too', () => {
    const query = istiodQuery(PLANES, [{ name: 'cluster', op: '=', value: 'eu' }], (series) => `counted(${series})`);
    const [, pods = ''] = /pod=~"([^"]+)"/.exec(query) ?? [];
    const names = new RegExp(`^(?:${pods})$`);
    expect([SOURCE, TARGET].filter((pod) => names.test(pod))).toHaveLength(2);
    expect(
      ['istiod-1-31-5c7d8f9b4b-qwrtp', 'istiod', 'istiod-ztunnel-x', `${TARGET}-2`].filter((pod) => names.test(pod)),
    ).toEqual([]);
    expect(query.match(/cluster="eu"/g)).toHaveLength(3);
    expect(query).toContain('counted(pilot_total_xds_rejects{');
    expect(query).toContain('counted(sidecar_injection_failure_total{');
    expect(query).toContain('(pilot_xds{');
  });

  it('are summed by revision, over replicas; what is no count is left out', () => {
    const rows = [
      row(SOURCE, 'proxies', 20),
      row(TARGET, 'proxies', 3),
      row('istiod-1-32-5c7d8f9b4b-bcdfg', 'proxies', 4),
      row(TARGET, 'rejects', 2),
      row(TARGET, 'failures', Number.NaN),
      row(TARGET, 'failures', -1),
      { labels: { destination_service_namespace: 'a' }, value: 99 },
    ];
    expect(istiodCounts(PLANES, rows)).toEqual({
      source: { rejects: 0, failures: 0, proxies: 20 },
      target: { rejects: 2, failures: 0, proxies: 7 },
    });
  });

  it('add up, but for the proxies, of whom the most count', () => {
    const one: Istiods = { source: { rejects: 1, failures: 2, proxies: 9 }, target: { rejects: 3, failures: 4 } };
    expect(addIstiods(NO_ISTIODS, one)).toEqual(one);
    expect(addIstiods(one, { ...one, source: { rejects: 1, failures: 1, proxies: 5 } })).toEqual({
      source: { rejects: 2, failures: 3, proxies: 9 },
      target: { rejects: 6, failures: 8 },
    });
  });
});

const now = (target: number, source = 0, proxies = 10): Istiods => ({
  source: { rejects: source, failures: 0, proxies: 100 },
  target: { rejects: target, failures: 0, proxies },
});
const before = (rejects: number) => ({ rejects, failures: 0, proxies: 100 });

describe("the target's istiod", () => {
  it.each([
    ['no reject is well', now(0), before(0), 'well'],
    ['the first one is worse than none', now(1), before(0), 'worse'],
    ['one the source has had since is no better', now(1, 1), before(0), 'no-better'],
    ['as many for each proxy are no better', now(10), before(100), 'no-better'],
    ['a hundred times as many are worse', now(1_000), before(100), 'worse'],
    ['without a source to compare with nothing is known', now(5), undefined, 'unknown'],
    ['a source that is not scraped says nothing', now(5), { rejects: 0, failures: 0 }, 'unknown'],
  ] as const)('%s', (_, istiods, hour, state) => {
    expect(istiodState('rejects', istiods, hour, 0.001)).toBe(state);
  });
});

describe('the sentence', () => {
  it.each([
    [
      now(1),
      before(0),
      'istiod 1-32: its configuration was rejected once by its 10 connected proxies; istiod default had none in the hour before and since',
    ],
    [
      now(7, 1),
      before(3),
      'istiod 1-32: its configuration was rejected 7 times by its 10 connected proxies; istiod default had 4 in the hour before and since, with 100 proxies',
    ],
    [
      now(7),
      undefined,
      'istiod 1-32: its configuration was rejected 7 times by its 10 connected proxies; what istiod default had in the hour before is not in Prometheus',
    ],
  ] as const)('says how many there were: %#', (istiods, hour, sentence) => {
    expect(istiodSentence('rejects', PLANES, istiods, hour)).toBe(sentence);
  });
});
