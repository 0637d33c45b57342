// What was decided, and what was done of it? Plans, journals and verdicts, every field filled in, each to be changed by name.
import { DEFAULT_TAG } from '../../src/mesh/names.ts';
import type { Journal } from '../../src/plan/journal.ts';
import type { PlannedBatch, PlannedNamespace, UpgradePlan } from '../../src/plan/plan.ts';
import type { Verdict } from '../../src/slo/verdict.ts';
import { gateSettings } from './config.ts';
import { SOURCE, TARGET } from './snapshot.ts';

export const aPlannedNamespace = (name: string, over: Partial<PlannedNamespace> = {}): PlannedNamespace => ({
  name,
  move: 'follows-tag',
  original: { injection: 'enabled', rev: null },
  pods: 1,
  workloads: 1,
  ...over,
});

export const aPlannedBatch = (number: number, names: readonly string[]): PlannedBatch => ({
  number,
  namespaces: names.map((name) => aPlannedNamespace(name)),
});

/** One batch after another, each with the namespaces of one list. */
export const aPlan = (
  batches: readonly (readonly string[])[] = [['payments']],
  over: Partial<UpgradePlan> = {},
): UpgradePlan => ({
  clusterUid: 'cluster-uid',
  istioNamespace: 'istio-system',
  source: SOURCE,
  target: TARGET,
  sourceVersion: '1.31.0',
  tag: DEFAULT_TAG,
  strategy: 'tag',
  pinWaiting: true,
  install: { kind: 'none' },
  choice: { excludeNamespaces: [], batches: [{ kind: 'rest' }], gateways: { kind: 'auto' } },
  batches: batches.map((names, index) => aPlannedBatch(index + 1, names)),
  gateways: [],
  gatewayNamespaces: [],
  excluded: [],
  leftAlone: [],
  gate: gateSettings(),
  onFail: 'rollback',
  soakMs: 600_000,
  removeSource: 'auto',
  hash: '0123456789ab',
  ...over,
});

export const aVerdict = (over: Partial<Verdict> = {}): Verdict => ({
  kind: 'PASS',
  reasonCode: 'ok',
  reason: '0 of 1,000 requests failed (limit 1 %)',
  units: [],
  requests: 1000,
  errors: 0,
  unproved: [],
  warnings: [],
  windowStartMs: Date.UTC(2026, 9, 1, 12),
  windowEndMs: Date.UTC(2026, 9, 1, 12, 5),
  dataAgeMs: 10_000,
  queries: [],
  ...over,
});

/** Begun, nothing done yet. */
export const aJournal = (over: Partial<Journal> = {}): Journal => {
  const plan = over.plan ?? aPlan();
  return {
    schema: 1,
    id: '2026-10-01T12-00-00Z',
    plan,
    state: 'in-progress',
    fence: 1,
    startedBy: 'octocat',
    updatedAt: '2026-10-01T12:00:00Z',
    install: 'pending',
    pin: 'pending',
    tag: 'pending',
    gateways: 'pending',
    batches: plan.batches.map(({ number }) => ({ number, status: 'open' })),
    soak: 'pending',
    complete: 'pending',
    failed: [],
    written: [],
    timeline: [],
    ...over,
  };
};
