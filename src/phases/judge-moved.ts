// `status`: how do the namespaces fare that have moved? The gate itself, run over the last minutes at once instead of along with them.
import { passedOverLimit, pastOfMoved } from '../plan/baseline.ts';
import type { Journal } from '../plan/journal.ts';
import { standingNames } from '../plan/plan-names.ts';
import type { ClockPort } from '../ports/clock.ts';
import type { LogPort } from '../ports/log.ts';
import type { World } from '../ports/world.ts';
import type { Verdict } from '../slo/verdict.ts';
import { runGate } from './gate.ts';
import { namespacesThere } from './namespaces-there.ts';

const MINUTE_MS = 60_000;
const LONGEST_MS = 15 * MINUTE_MS;
const SHORTEST_MS = 5 * MINUTE_MS;
const LOOKS = 10;

/**
 * The gate's verdict on everything that stands on the target, over up to a quarter of an hour, none of it from before the last of them
 * was judged. Undefined where there is no Prometheus, nothing has moved, or the last one moved only minutes ago.
 */
export async function judgeMoved(
  { cluster, prometheus, clock }: Pick<World, 'cluster' | 'prometheus' | 'clock'>,
  journal: Journal,
): Promise<Verdict | undefined> {
  const { plan } = journal;
  const namespaces = standingNames(journal);
  const endMs = clock.now();
  const sinceMs = Math.max(0, ...journal.batches.map(({ verdict }) => verdict?.windowStartMs ?? 0));
  const spanMs = Math.min(LONGEST_MS, endMs - sinceMs);
  if (prometheus === undefined || namespaces.length === 0 || spanMs < SHORTEST_MS) return undefined;
  const startMs = endMs - spanMs;
  const run = new AbortController();
  const verdict = await runGate(
    { prometheus, clock: replay(startMs, endMs, run), log: SILENT },
    {
      // Some of the span goes to the first look and to two scrapes, before anything may be counted.
      settings: { ...plan.gate, bakeMs: spanMs * 0.6, maxBakeMs: spanMs * 0.65, intervalMs: spanMs / LOOKS },
      subject: { kind: 'batch', namespaces },
      unmoved: [],
      watched: namespaces,
      overBefore: passedOverLimit(journal),
      opened: new Map(namespaces.map((name) => [name, startMs])),
      ...pastOfMoved(journal, startMs),
      isRolloutOver: () => true,
      source: plan.source,
      target: plan.target,
      present: async () => namespacesThere(cluster),
      batchLabel: 'what has moved',
      signal: run.signal,
    },
  );
  return verdict.reasonCode === 'interrupted' ? undefined : verdict;
}

/** A clock that jumps from look to look, and ends the run when it has caught up with the present. */
function replay(startMs: number, endMs: number, run: AbortController): ClockPort {
  let nowMs = startMs;
  return {
    now: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      if (nowMs > endMs) run.abort();
    },
  };
}

const nothing = (): void => {};
const SILENT: LogPort = {
  line: nothing,
  notice: nothing,
  warning: nothing,
  error: nothing,
  group: async (_, work) => work(),
};
