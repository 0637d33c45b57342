// Does the journal of a large mesh fit where it is kept?
import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { JournalConfigMap } from '../../../src/adapters/kubernetes/journal-config-map.ts';
import type { JournalMap } from '../../../src/adapters/kubernetes/journal-text.ts';
import { CONFIG_MAP, type Kind } from '../../../src/mesh/kinds.ts';
import type { BatchRecord, Journal, Written } from '../../../src/plan/journal.ts';
import type { UnitVerdict } from '../../../src/slo/verdict.ts';
import { aJournal, aPlan, aVerdict } from '../../builders/plan.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';

const MAP: Kind<JournalMap> = CONFIG_MAP;
let cluster: FakeCluster;
let store: JournalConfigMap;
const another = (): JournalConfigMap => new JournalConfigMap(cluster, 'istio-system', String);
const stored = (): JournalMap | undefined => cluster.peek(MAP, 'istio-canary-upgrade', 'istio-system');

beforeEach(() => {
  cluster = new FakeCluster();
  store = another();
});

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');
const names = Array.from({ length: 1_000 }, (_, index) => `team-${hex(12)}-${String(index)}`);
const perBatch = 200;
const batchesOf = <T>(map: (part: readonly string[], number: number) => T): readonly T[] =>
  Array.from({ length: names.length / perBatch }, (_, index) =>
    map(names.slice(index * perBatch, (index + 1) * perBatch), index + 1),
  );
const unit = (subject: string, signal: UnitVerdict['signal']): UnitVerdict => ({
  subject,
  signal,
  requests: 1_234_567,
  errors: 1_234,
  limit: 0.01,
  atLeast: Math.random(),
  atMost: Math.random(),
  state: 'pass',
  before: { requests: 1_234_567, errors: 1_230 },
  causes: { '503 UH': 12, '503 UF,URX': 3, '500': 1_200 },
  sentence: `${subject}: 1,234 of 1,234,567 requests failed (0.1 %, limit 1 %); at most 0.11 % with 99 % confidence`,
});
const queries = batchesOf(
  (part) => `sum(rate(istio_requests_total{destination_workload_namespace=~"${part.join('|')}"}[5m]))`,
);
const verdict = (part: readonly string[]): BatchRecord['verdict'] =>
  aVerdict({
    units: part.flatMap((name) => [unit(name, 'client'), unit(name, 'server'), unit(name, 'outbound')]),
    queries,
  });
const write = (name: string, from: string | null, to: string | null): Written => ({
  kind: 'labels',
  object: { kind: 'Namespace', name },
  where: 'metadata',
  labels: { 'istio.io/rev': { from, to }, 'istio-injection': { from: to === null ? null : 'enabled', to: null } },
});
/** Everything was written twice, judged on three sides, in its batch and in the soak, left something, and told at length. */
const journal = (): Journal =>
  aJournal({
    plan: aPlan(batchesOf((part) => part)),
    batches: batchesOf((part, number) => ({
      number,
      status: 'passed',
      restartedAt: '2026-10-01T12:00:00Z',
      ...(verdict(part) === undefined ? {} : { verdict: aVerdict(verdict(part)) }),
    })),
    soakVerdict: aVerdict(verdict(names)),
    written: names.flatMap((name) => [write(name, null, '1-31'), write(name, '1-31', null)]),
    leftOver: names.slice(0, 500).map((name) => ({
      by: 1,
      text: `pod ${name}/${hex(12)} (bare) stays on 1-31 until it ends or you replace it`,
    })),
    timeline: Array.from({ length: 300 }, () => ({ at: '2026-10-01T12:00:00Z', text: `label ${hex(60)}` })),
  });

describe('a thousand namespaces', () => {
  it('fit into a ConfigMap twice over, with all their verdicts', async () => {
    const large = journal();
    expect(JSON.stringify(large).length).toBeGreaterThan(1_048_576);
    await store.save(large);
    const bytes = Buffer.byteLength(JSON.stringify({ ...stored(), metadata: undefined }));
    expect(bytes).toBeLessThan(1_048_576 / 2);
    expect(await another().load()).toEqual({ kind: 'found', journal: large });
  });
  it('leave no second copy behind when the journal grows and shrinks', async () => {
    await store.save(aJournal());
    await store.save(journal());
    expect(Object.keys(stored()?.data ?? {}).toSorted()).toEqual(['state', 'summary']);
    await store.save(aJournal());
    expect(stored()?.binaryData ?? {}).toEqual({});
    expect(await another().load()).toMatchObject({ kind: 'found' });
  });
  it('are written in good time', async () => {
    const large = journal();
    const began = performance.now();
    await store.save(large);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
  it('are refused in words when they do not fit', async () => {
    const timeline = Array.from({ length: 300 }, () => ({ at: '', text: hex(5_000) }));
    await expect(store.save(aJournal({ timeline }))).rejects.toThrow('more than a ConfigMap holds');
  });
});
