// A gate run to its end on a fake Prometheus and a clock that never waits: a mesh, what ails it, and the verdict.
import type { GateSettings } from '../../src/config/config.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { runGate } from '../../src/phases/gate.ts';
import type { GateInput } from '../../src/phases/gate-input.ts';
import type { Verdict } from '../../src/slo/verdict.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';
import { type FakeOptions, FakePrometheus, type Flow } from '../fakes/prometheus.ts';
import { settingsWith } from './gate-settings.ts';

export const START = Date.parse('2026-11-24T12:00:00Z');
export const minutes = (many: number): number => many * 60_000;
/** A share that fails only after the upgrade of the batch began. */
export const since =
  (share: number, fromMs = START, toMs = Infinity) =>
  (atMs: number): number =>
    atMs > fromMs && atMs <= toMs ? share : 0;

/** `web` calls the batch's `payments`; `books` has nothing to do with either. */
export const MESH: readonly Flow[] = [
  { from: 'web', to: 'payments', perSecond: 5 },
  { from: 'payments', to: 'bank', perSecond: 5 },
  { from: 'shop', to: 'books', perSecond: 20 },
];
export const withPayments = (changes: Partial<Flow>): readonly Flow[] =>
  MESH.map((flow) => (flow.to === 'payments' ? { ...flow, ...changes } : flow));

export interface Seen {
  readonly verdict: Verdict;
  readonly elapsedMs: number;
  readonly log: FakeLog;
  readonly prometheus: FakePrometheus;
}
/** Runs the gate on `payments` from START, which is also when it opened, until there is a verdict. */
export async function gate(
  options: FakeOptions,
  settings: Partial<GateSettings> = {},
  input: Partial<GateInput> = {},
): Promise<Seen> {
  const clock = new ManualClock(START, { automatic: true });
  const prometheus = new FakePrometheus(options);
  const log = new FakeLog();
  const verdict = await runGate(
    { prometheus, clock, log },
    {
      settings: settingsWith(settings),
      subject: { kind: 'batch', namespaces: ['payments'] },
      unmoved: ['books', 'shop', 'web', 'bank'],
      opened: new Map([['payments', START]]),
      isRolloutOver: () => true,
      target: asRevision('1-32-0'),
      batchLabel: 'batch 1',
      ...input,
    },
  );
  return { verdict, elapsedMs: clock.now() - START, log, prometheus };
}
