// What might a report have to tell? One basis of each sort, every field filled in, each to be changed by name.
import type { RunFacts, ReportBasis } from '../../src/report/basis.ts';
import type { Ending } from '../../src/plan/ending.ts';
import type { UnitVerdict } from '../../src/slo/verdict.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';

export const aRun = (over: Partial<RunFacts> = {}): RunFacts => ({
  command: 'upgrade',
  version: '0.1.0',
  startedAtMs: Date.UTC(2026, 9, 1, 12),
  endedAtMs: Date.UTC(2026, 9, 1, 12, 34, 56),
  actor: 'octocat',
  url: 'https://github.com/o/r/actions/runs/1',
  attempt: 2,
  job: 'upgrade',
  cluster: { server: 'https://k8s.example.com', context: 'prod-eu', user: 'deployer', version: 'v1.34.1' },
  prometheus: { address: 'https://prometheus.example.com', scrapeIntervalMs: 15_000, lagMs: 4000, skewMs: 0 },
  pace: { rolloutTimeoutMs: 600_000, maxRestarting: 20 },
  ...over,
});

export const aUnit = (subject: string, over: Partial<UnitVerdict> = {}): UnitVerdict => ({
  subject,
  signal: 'client',
  requests: 1000,
  errors: 0,
  limit: 0.01,
  atLeast: 0,
  atMost: 0.008,
  state: 'pass',
  sentence: `${subject}: none of 1,000 requests failed`,
  ...over,
});

/** Batch 2 of 3 failed and was left as it is. */
export const heldEnding = (over: Partial<Ending> = {}): Ending => {
  const plan = aPlan([['canary'], ['orders', 'payments'], ['web']]);
  return {
    kind: 'held',
    reasonCode: 'error-rate',
    sentence: 'batch 2 is held: FAIL (error-rate), payments: 37 of 1,204 requests failed',
    next: 'Look into it, then run `promote` again. Doing nothing is safe: both control planes run.',
    resumeCommand: 'promote --batch 2',
    findings: [],
    plan,
    journal: aJournal({
      plan,
      state: 'held',
      install: 'done',
      pin: 'done',
      tag: 'done',
      gateways: 'done',
      batches: [
        { number: 1, status: 'passed', verdict: aVerdict() },
        { number: 2, status: 'failed' },
        { number: 3, status: 'open' },
      ],
      timeline: [
        { at: '2026-10-01T12:00:00.000Z', text: 'begun by octocat' },
        { at: '2026-10-01T12:30:00.000Z', text: 'batch 2 failed' },
      ],
    }),
    verdict: aVerdict({
      kind: 'FAIL',
      reasonCode: 'error-rate',
      reason: 'payments: 37 of 1,204 requests failed (3.1 %), limit 1 %',
      units: [
        aUnit('payments', {
          state: 'fail',
          signal: 'server',
          requests: 1204,
          errors: 37,
          atLeast: 0.021,
          atMost: 0.043,
          causes: { '503 UH': 31, '500': 6 },
          trend: '▁▂█',
          before: { requests: 70_000, errors: 7 },
        }),
        aUnit('orders', { before: { requests: 1000, errors: 40 } }),
        aUnit('payments'),
      ],
      requests: 2204,
      errors: 37,
      unproved: ['orders'],
      warnings: ['p99 of orders doubled'],
      queries: [
        'sum by (destination_workload_namespace, response_code) (increase(x{a="|"}[5m] @ 1790856300.000))',
        'sum by (destination_service_namespace, response_code) (increase(x[5m] @ 1790856300.000))',
      ],
    }),
    batch: 2,
    nextBatch: 2,
    state: {
      moved: 2,
      total: 4,
      tagRevision: '1-32',
      podsByRevision: { '1-31': 4, '1-32': 12 },
      gatewaysOnTarget: 1,
      gatewaysTotal: 1,
      sourceAvailable: 2,
      leftOver: ['Deployment orders/batcher: is paused, so a restart does nothing'],
    },
    ...over,
  };
};

/** Refused for two reasons; nothing is known of the mesh. */
export const refusedEnding = (over: Partial<Ending> = {}): Ending => ({
  kind: 'refused',
  reasonCode: 'unknown-input',
  sentence: 'refused, and nothing was written: there is no input `tagg`, and 1 more',
  next: 'Did you mean `tag`? Doing nothing is safe.',
  findings: [
    {
      id: 'unknown-input',
      severity: 'blocks',
      subject: 'input tagg',
      message: 'There is no input `tagg`.',
      remedy: 'Did you mean `tag`?',
    },
    {
      id: 'both-injection-labels',
      severity: 'overridable',
      subject: 'namespace legacy',
      message: 'It has both injection labels.',
      remedy: 'Remove one.',
    },
  ],
  ...over,
});

export const plannedEnding = (over: Partial<Ending> = {}): Ending => ({
  kind: 'planned',
  reasonCode: 'ok',
  sentence: '1-31 → 1-32: 0 gateways, then 3 namespaces in 2 batches',
  next: 'Run `start` with the plan-hash.',
  resumeCommand: 'start',
  findings: [],
  plan: aPlan([['canary'], ['orders', 'payments']]),
  nextBatch: 1,
  ...over,
});

export const aBasis = (ending: Ending, run: Partial<RunFacts> = {}): ReportBasis => ({ ending, run: aRun(run) });
