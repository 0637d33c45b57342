// How does this project's gate judge? The real engine (src/slo), fed tick by tick as src/phases/gate.ts does; only Prometheus'
// answers are drawn instead of asked for. Settings are the documented defaults, the batch is one namespace.
import { settingsWith } from '../../builders/gate-settings.ts';
import { burstsIn } from '../../../src/slo/bursts.ts';
import type { Past } from '../../../src/slo/comparison.ts';
import { type Counts, countRows, NO_COUNTS, type Row } from '../../../src/slo/counts.ts';
import { judge } from '../../../src/slo/judge.ts';
import { observe, openLedger } from '../../../src/slo/ledger.ts';
import { type Rules, staleAfterMs } from '../../../src/slo/rules.ts';
import type { Tick } from '../../../src/slo/tick.ts';
import { pieceMs } from '../../../src/slo/queries.ts';
import type { Signal, Verdict } from '../../../src/slo/verdict.ts';
import { inOutage, type Judge, type Outcome } from './outcome.ts';
import { type Batch, HORIZON_S, type Minutes, SCRAPE_S, type Totals, totalsOf } from './traffic.ts';

const BATCH = 'batch';
const OTHERS = 'others';
const SIGNALS: readonly Signal[] = ['client', 'server', 'outbound'];
/** As src/phases/look.ts waits for a scrape to end, and src/phases/gate.ts between looks. */
const SETTLE_MS = 1_000;
const LOOK_MS = 15_000;
/** Ready, in Prometheus' time. */
const READY_MS = 1e12;
const at = (seconds: number): number => READY_MS + seconds * 1000;

export function ours(name: string): Judge {
  return { name, judge: judged };
}

function judged(batch: Batch): Outcome {
  const rules: Rules = {
    settings: settingsWith(),
    subjects: [BATCH],
    signals: SIGNALS,
    unmoved: batch.bystanders === undefined ? [] : [OTHERS],
    scrapeIntervalMs: SCRAPE_S * 1000,
    lagMs: 0,
  };
  const past = pastOf(batch);
  const counters = countersOf(batch);
  const due = new Map([[BATCH, at(2 * SCRAPE_S)]]);
  let ledger = openLedger(rules);
  for (let nowMs = at(batch.firstLookS); ; nowMs += LOOK_MS) {
    const tick = lookAt(batch, counters, rules, nowMs, ledger);
    ledger = observe(ledger, tick, due, rules, past);
    const judgement = judge(ledger, rules, past, { nowMs, rolloutOver: true });
    if (judgement.kind === 'verdict') {
      const looks = ledger.windows.get(BATCH)?.samples ?? 0;
      return outcomeOf(judgement.verdict, nowMs, looks);
    }
    if (nowMs > at(HORIZON_S)) throw new Error('the gate had no verdict by max-bake');
  }
}

const VERDICTS = { PASS: 'pass', FAIL: 'rollback', HOLD: 'hold' } as const;

function outcomeOf({ kind, windowStartMs, requests }: Verdict, nowMs: number, looks: number): Outcome {
  return {
    verdict: VERDICTS[kind],
    atS: (nowMs - READY_MS) / 1000,
    looks,
    windowFromS: (windowStartMs - READY_MS) / 1000,
    requests,
  };
}

interface Counters {
  readonly signals: ReadonlyMap<Signal, Totals>;
  readonly bystanders: Totals | undefined;
}

const countersOf = ({ callers, pods, outbound, bystanders, scrapesS }: Batch): Counters => ({
  signals: new Map([
    ['client', totalsOf(callers, scrapesS)],
    ['server', totalsOf(pods, scrapesS)],
    ['outbound', outbound],
  ]),
  bystanders,
});

/** What src/phases/look.ts would make of Prometheus' answers now. */
function lookAt(
  batch: Batch,
  { signals, bystanders }: Counters,
  rules: Rules,
  nowMs: number,
  last: { readonly newestMs?: number; readonly toMs?: number },
): Tick {
  if (inOutage(batch, (nowMs - READY_MS) / 1000))
    return { kind: 'unreachable', atMs: nowMs, reason: 'connection refused' };
  const toMs = nowMs - rules.lagMs - SETTLE_MS;
  const newest = lastScrape(batch, nowMs);
  const newestMs = at(batch.scrapesS[newest] ?? -Infinity);
  if (nowMs - newestMs > staleAfterMs(rules)) return { kind: 'stale', atMs: nowMs, reason: 'the newest sample is old' };
  const empty = { kind: 'counted', newestMs, counts: new Map(), unmoved: new Map(), readings: new Map() } as const;
  if (last.toMs === undefined) return { ...empty, fromMs: toMs, toMs, unusable: 0 };
  if (toMs <= last.toMs || (last.newestMs !== undefined && newestMs <= last.newestMs)) return { kind: 'nothing-new' };
  const [from, to] = [lastScrape(batch, last.toMs), lastScrape(batch, toMs)];
  const counts = new Map(
    [...signals].map(([signal, totals]) => [signal, new Map([[BATCH, countsBetween(totals, from, to)]])]),
  );
  const unmoved: ReadonlyMap<string, Counts> =
    bystanders === undefined ? new Map() : new Map([[OTHERS, countsBetween(bystanders, from, to)]]);
  // Nobody in the batch calls it.
  const fromOthers = counts.get('client') ?? new Map<string, Counts>();
  return { ...empty, fromMs: last.toMs, toMs, counts, fromOthers, unmoved, unusable: 0 };
}

/** The index of the newest scrape at or before a moment; −1 before the first. */
function lastScrape({ scrapesS }: Batch, atMs: number): number {
  const atS = (atMs - READY_MS) / 1000;
  let index = Math.min(scrapesS.length - 1, Math.floor((atS - (scrapesS[0] ?? 0)) / SCRAPE_S));
  while (index >= 0 && (scrapesS[index] ?? 0) > atS) index -= 1;
  return index;
}

function countsBetween({ requests, errors }: Totals, from: number, to: number): Counts {
  const failed = (errors[to] ?? 0) - (errors[from] ?? 0);
  return {
    ...NO_COUNTS,
    requests: (requests[to] ?? 0) - (requests[from] ?? 0),
    errors: failed,
    causes: failed > 0 ? { '503 UC': failed } : {},
  };
}

function pastOf({ hour, bystanders }: Batch): Past {
  const minutes: readonly (readonly [Signal, Minutes])[] = [
    ['client', hour.inbound],
    ['server', hour.inbound],
    ['outbound', hour.outbound],
  ];
  return {
    hour: new Map(minutes.map(([signal, each]) => [signal, countRows(signal, rows(each, identity)).bySubject])),
    bursts: new Map(
      minutes.map(([signal, each]) => [signal, burstsIn(signal, rows(each, identity), rows(each, square))]),
    ),
    quietestFromOthers: new Map(
      minutes
        .filter(([signal]) => signal === 'client')
        .map(([, { requests }]) => [BATCH, quietestMinute(requests)] as const),
    ),
    pieceMs: pieceMs(SCRAPE_S * 1000),
    // No request of a play looks for a route in vain.
    quietestRouted: new Map(),
    quietest: new Map(
      minutes
        .filter(([signal]) => signal !== 'outbound')
        .map(([signal, { requests }]) => [signal, new Map([[BATCH, quietestMinute(requests)]])]),
    ),
    unmoved: bystanders === undefined ? new Map() : new Map([[OTHERS, hourOf(hour.bystanders)]]),
    links: [],
    gaps: [],
    complete: true,
  };
}

const identity = (value: number): number => value;
const square = (value: number): number => value * value;

/** As `sum by (…, response_code, …)` over the hour's minutes answers. */
function rows({ requests, errors }: Minutes, of: (count: number) => number): readonly Row[] {
  let [succeeded, failed] = [0, 0];
  for (const [minute, all] of requests.entries()) {
    const bad = errors[minute] ?? 0;
    succeeded += of(all - bad);
    failed += of(bad);
  }
  return failed > 0 ? [row('200', succeeded), row('503', failed)] : [row('200', succeeded)];
}
const row = (response_code: string, value: number): Row => ({ labels: { ...SUBJECT, response_code }, value });
const SUBJECT = {
  destination_service_namespace: BATCH,
  destination_workload_namespace: BATCH,
  source_workload_namespace: BATCH,
  response_flags: '-',
  grpc_response_status: '',
};

function hourOf({ requests, errors }: Minutes): Counts {
  return { ...NO_COUNTS, requests: sum(requests), errors: sum(errors) };
}

const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);

/** With these scrapes a piece of the hour is one of its minutes. */
const quietestMinute = (requests: Float64Array): number => Math.min(...requests);
