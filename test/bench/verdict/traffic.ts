// What does Prometheus hold of one batch? Counters as scraped, per pod and outcome, and the hour before. Judges nothing.
// Requests arrive as a Poisson process and fail by failures.ts. Time is in seconds since the last new pod became Ready.
import type { Cell, Shape } from './cells.ts';
import { failures, type FailureShare } from './failures.ts';
import type { Random } from './random.ts';

export const SCRAPE_S = 15;
/** As long as the longest judge looks (max-bake, and Argo Rollouts' documented steps), and a little more. */
export const HORIZON_S = 1_900;
/** A restart lasts a minute. */
const BEFORE_S = 60;
/** New pods of the batch, and as many callers: caller i calls pod i. */
const PODS = 4;
/** Namespaces that were not moved, together, have so many times the batch's traffic. */
const BYSTANDERS = 5;
const IN_BLIP = 0.5;
const BLIP_S = 60;
const OUTAGE_S = 300;
const HOUR_MINUTES = 60;
/** The hour before ends when the restart begins. */
const HOUR_FROM_S = -BEFORE_S - HOUR_MINUTES * 60;

/** One series as scraped: its value at each scrape; absent before `born`, as Istio's counters are before their first request. */
export interface Series {
  readonly values: Float64Array;
  readonly born: number;
}
export interface Pod {
  readonly succeeded: Series;
  readonly failed: Series;
}
/** Running totals at each scrape. */
export interface Totals {
  readonly requests: Float64Array;
  readonly errors: Float64Array;
}
export interface Minutes {
  readonly requests: Float64Array;
  readonly errors: Float64Array;
}
export interface Batch {
  readonly scrapesS: Float64Array;
  /** Series of `reporter="source"`: the callers', which go on, and of `reporter="destination"`: the new pods', which are born. */
  readonly callers: readonly Pod[];
  readonly pods: readonly Pod[];
  /** What the batch itself calls: as before, whatever happens to the batch. */
  readonly outbound: Totals;
  /** Namespaces not moved yet; undefined where there are none. */
  readonly bystanders?: Totals;
  readonly hour: { readonly inbound: Minutes; readonly outbound: Minutes; readonly bystanders: Minutes };
  /** When Prometheus does not answer. */
  readonly outage?: { readonly fromS: number; readonly toS: number };
  /** The first look at Prometheus, at random within an interval. */
  readonly firstLookS: number;
}

export function drawBatch(cell: Cell, random: Random): Batch {
  const { incident, rate, shape } = cell;
  const outage = incident?.kind === 'outage' ? span(60, 240, OUTAGE_S, random) : undefined;
  const blip = incident?.kind === 'blip' ? span(60, 240, BLIP_S, random) : undefined;
  const scrapesS = scrapes(random.uniform() * SCRAPE_S, outage);
  const firstLookS = random.uniform() * SCRAPE_S;
  const usual = shape === 'ramping' ? 'steady' : shape;
  const stream = (ratio: number, then: Shape): FailureShare => {
    const before = failures(usual, cell.before, HOUR_FROM_S, random);
    const after = withBlip(failures(then, ratio, 0, random), blip);
    return (fromS, toS) => (toS <= 0 ? before(fromS, toS) : after(fromS, toS));
  };
  const inbound = stream(cell.ratio, shape);
  const [sent, other] = [stream(cell.before, usual), stream(cell.before, usual)];
  const hour = {
    inbound: minutes(rate, inbound, random),
    outbound: minutes(rate, sent, random),
    bystanders: minutes(rate * BYSTANDERS, other, random),
  };
  const lost = incident?.kind === 'lost-sidecar' ? incident : undefined;
  const all = pods(scrapesS, rate / PODS, inbound, hour.inbound, random);
  const outbound = totals(scrapesS, rate, sent, random);
  const alone = incident?.kind === 'blip' && incident.alone;
  return {
    scrapesS,
    firstLookS,
    callers: all.callers.map((pod, index) => (lost?.strict === true && index === 0 ? allFailed(pod, scrapesS) : pod)),
    pods: lost === undefined ? all.pods : all.pods.slice(1),
    outbound,
    hour,
    ...(alone ? {} : { bystanders: totals(scrapesS, rate * BYSTANDERS, other, random) }),
    ...(outage === undefined ? {} : { outage }),
  };
}

function span(from: number, to: number, lastsS: number, random: Random): { fromS: number; toS: number } {
  const fromS = from + random.uniform() * (to - from);
  return { fromS, toS: fromS + lastsS };
}

function withBlip(share: FailureShare, blip: { fromS: number; toS: number } | undefined): FailureShare {
  if (blip === undefined) return share;
  return (fromS, toS) => {
    const within = Math.max(0, Math.min(toS, blip.toS) - Math.max(fromS, blip.fromS)) / Math.max(toS - fromS, 1e-9);
    return share(fromS, toS) * (1 - within) + IN_BLIP * within;
  };
}

/** Prometheus that is down scrapes nothing; counters go on. */
function scrapes(phaseS: number, outage: Batch['outage']): Float64Array {
  const times: number[] = [];
  for (let atS = phaseS - BEFORE_S; atS < HORIZON_S; atS += SCRAPE_S)
    if (outage === undefined || atS < outage.fromS || atS >= outage.toS) times.push(atS);
  return new Float64Array(times);
}

/** The counts of the 60 minutes before; consumes the failures of that time. */
function minutes(rate: number, share: FailureShare, random: Random): Minutes {
  const [requests, errors] = [new Float64Array(HOUR_MINUTES), new Float64Array(HOUR_MINUTES)];
  for (let minute = 0; minute < HOUR_MINUTES; minute += 1) {
    const fromS = HOUR_FROM_S + minute * 60;
    const failing = share(fromS, fromS + 60);
    const failed = random.poisson(rate * 60 * failing);
    requests[minute] = failed + random.poisson(rate * 60 * (1 - failing));
    errors[minute] = failed;
  }
  return { requests, errors };
}

/** Before Ready only callers count: the new pods have not served yet. */
function pods(
  scrapesS: Float64Array,
  rate: number,
  share: FailureShare,
  hour: Minutes,
  random: Random,
): { readonly callers: readonly Pod[]; readonly pods: readonly Pod[] } {
  const shares = sharesOf(scrapesS, share);
  const [succeededBefore, failedBefore] = splitOf(hour);
  const each = Array.from({ length: PODS }, () => {
    const succeeded = counts(scrapesS, random, (index, s) => rate * s * (1 - (shares[index] ?? 0)));
    const failed = counts(scrapesS, random, (index, s) => rate * s * (shares[index] ?? 0));
    return { succeeded, failed };
  });
  return {
    callers: each.map(({ succeeded, failed }, index) => ({
      succeeded: goingOn(succeeded, Math.floor(succeededBefore / PODS)),
      failed: goingOn(failed, Math.floor((failedBefore + index) / PODS)),
    })),
    pods: each.map(({ succeeded, failed }) => ({
      succeeded: bornAfterReady(succeeded, scrapesS),
      failed: bornAfterReady(failed, scrapesS),
    })),
  };
}

const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);
function splitOf({ requests, errors }: Minutes): readonly [number, number] {
  const failed = sum(errors);
  return [sum(requests) - failed, failed];
}

/** The failing share between each scrape and the one before it. */
const sharesOf = (scrapesS: Float64Array, share: FailureShare): Float64Array =>
  scrapesS.map((atS, index) => share(atS - gap(scrapesS, index), atS));

const gap = (scrapesS: Float64Array, index: number): number =>
  index === 0 ? SCRAPE_S : (scrapesS[index] ?? 0) - (scrapesS[index - 1] ?? 0);

function counts(
  scrapesS: Float64Array,
  random: Random,
  mean: (index: number, seconds: number) => number,
): Float64Array {
  return scrapesS.map((_, index) => random.poisson(mean(index, gap(scrapesS, index))));
}

function running(increments: Float64Array, first = 0): Float64Array {
  let value = first;
  return increments.map((each) => (value += each));
}

function goingOn(increments: Float64Array, first: number): Series {
  const values = running(increments, first);
  return { values, born: bornIn(values) };
}

function bornAfterReady(increments: Float64Array, scrapesS: Float64Array): Series {
  const values = running(increments.map((each, index) => ((scrapesS[index] ?? 0) > 0 ? each : 0)));
  return { values, born: bornIn(values) };
}

function bornIn(values: Float64Array): number {
  const index = values.findIndex((value) => value > 0);
  return index < 0 ? values.length : index;
}

/** From Ready on every request of this caller fails. */
function allFailed({ succeeded, failed }: Pod, scrapesS: Float64Array): Pod {
  const ready = scrapesS.findIndex((atS) => atS > 0);
  const until = succeeded.values[ready - 1] ?? 0;
  const values = failed.values.map((value, index) =>
    index < ready ? value : value + (succeeded.values[index] ?? 0) - until,
  );
  const stopped = succeeded.values.map((value, index) => (index < ready ? value : until));
  return { succeeded: { ...succeeded, values: stopped }, failed: { values, born: bornIn(values) } };
}

function totals(scrapesS: Float64Array, rate: number, share: FailureShare, random: Random): Totals {
  const shares = sharesOf(scrapesS, share);
  const failed = running(counts(scrapesS, random, (index, s) => rate * s * (shares[index] ?? 0)));
  const succeeded = running(counts(scrapesS, random, (index, s) => rate * s * (1 - (shares[index] ?? 0))));
  return { requests: failed.map((value, index) => value + (succeeded[index] ?? 0)), errors: failed };
}

/** All pods together. */
export function totalsOf(each: readonly Pod[], scrapesS: Float64Array): Totals {
  const [requests, errors] = [new Float64Array(scrapesS.length), new Float64Array(scrapesS.length)];
  for (const { succeeded, failed } of each)
    for (let index = 0; index < scrapesS.length; index += 1) {
      errors[index] = (errors[index] ?? 0) + (failed.values[index] ?? 0);
      requests[index] = (requests[index] ?? 0) + (failed.values[index] ?? 0) + (succeeded.values[index] ?? 0);
    }
  return { requests, errors };
}
