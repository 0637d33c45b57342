// What was decided, and what was done of it? Plans, journals and verdicts, every field filled in, each to be changed by name.
import { DEFAULT_TAG } from '../../src/mesh/names.ts';
import type { Journal, Written } from '../../src/plan/journal.ts';
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
/** What the journal of an upgrade under `tag` holds once the tag has moved. */
export const TAG_MOVED: readonly Written[] = [{ kind: 'tag', tag: DEFAULT_TAG, from: SOURCE, to: TARGET }];

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

/** Every batch has passed; under `tag` the tag is on the target, and so it was moved. */
export const aMovedJournal = (plan: Partial<UpgradePlan> = {}, over: Partial<Journal> = {}): Journal =>
  aJournal({
    plan: aPlan([['payments']], plan),
    install: 'done',
    pin: 'done',
    tag: 'done',
    gateways: 'done',
    batches: [{ number: 1, status: 'passed' }],
    written: (over.tag ?? 'done') === 'done' ? TAG_MOVED : [],
    ...over,
  });

/** Every optional field is set. */
export function aFullJournal(): Journal {
  const plan = aPlan([['payments'], ['a', 'b']], {
    gateways: [
      { kind: 'restart', workload: { kind: 'Deployment', namespace: 'istio-ingress', name: 'ingress' } },
      {
        kind: 'template-label',
        workload: { kind: 'Deployment', namespace: 'istio-ingress', name: 'egress' },
        from: null,
      },
      { kind: 'gateway-api', namespace: 'a', name: 'gw', movedBy: 'tag', from: 'default' },
    ],
  });
  return aJournal({
    plan,
    state: 'rolling-back',
    spoilt: { from: '2026-10-01T11:10:00Z', to: '2026-10-01T11:30:00Z' },
    install: 'done',
    tag: 'begun',
    gatewaysRestartedAt: '2026-10-01T12:10:00Z',
    gatewayVerdict: aVerdict(),
    soakVerdict: aVerdict(),
    tagVerdict: aVerdict(),
    failed: ['gateways', 2, 'soak', 'tag'],
    batches: [
      {
        number: 1,
        status: 'failed',
        restartedAt: '2026-10-01T12:20:00Z',
        acceptedBy: 'octocat',
        verdict: aVerdict(),
      },
      { number: 2, status: 'open' },
    ],
    written: [
      { kind: 'tag', tag: 'default', from: '1-31', to: '1-32' },
      {
        kind: 'labels',
        object: { kind: 'Namespace', name: 'payments' },
        where: 'metadata',
        labels: { 'istio.io/rev': { from: null, to: '1-31' } },
      },
    ],
    decision: { scope: 'all', reason: 'errors', by: 'the gate', at: '2026-10-01T12:30:00Z' },
    rollbackRestartedAt: '2026-10-01T12:31:00Z',
    restartAgain: [
      { by: 1, at: '2026-10-01T12:25:00Z' },
      { by: 'rollback', at: '2026-10-01T12:33:00Z' },
    ],
    wentBack: ['a', 'b'],
    recovery: aVerdict({ kind: 'HOLD', reasonCode: 'blind' }),
    leftOver: [
      { by: 1, text: 'pod a/b (bare) stays on 1-31 until it ends or you replace it' },
      { by: 'rollback', text: 'Deployment a/b: is paused' },
    ],
    timeline: [{ at: '2026-10-01T12:00:00Z', text: 'begun' }],
  });
}
