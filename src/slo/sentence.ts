// How are counts and shares said to people? Formatting only.
import type { Signal } from './verdict.ts';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1204` as `1,204`. */
export const count = (value: number): string => GROUPED.format(value);

/** As many decimals as an input may have: 0.07 is `7` and not `7.000000000000001`. */
const EXACT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 9, useGrouping: false });

/** A share 0–1 in hundredths, exactly as it was asked for: `1.25`. */
export const hundredths = (share: number): string => EXACT.format(share * 100);
/** A limit 0–1, which is approved and thus never rounded: `1.25 %`. */
export const limitText = (limit: number): string => `${hundredths(limit)} %`;

/**
 * A measured ratio 0–1 as a percentage of two significant digits: `3.1 %`, `0.04 %`, `50 %`; of five where two would put it on the wrong
 * side of the `limit` that stands beside it: `1.004 %`.
 */
export function percent(ratio: number, limit?: number): string {
  const value = ratio * 100;
  if (value > 0 && value < 0.0001) return '< 0.0001 %';
  const rounded = value >= 99.5 ? Math.round(value) : Number(value.toPrecision(2));
  const misleads = limit !== undefined && Math.sign(rounded / 100 - limit) !== Math.sign(ratio - limit);
  return `${String(misleads ? Number(value.toPrecision(5)) : rounded)} %`;
}

/** `95000` as `1m35s`; whole seconds, rounded up. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const parts = [h > 0 ? `${String(h)}h` : '', m > 0 ? `${String(m)}m` : '', s > 0 ? `${String(s)}s` : ''].join('');
  return parts === '' ? '0s' : parts;
}

/** The first few names, and how many more there are. */
export function names(all: readonly string[], most = 5): string {
  const rest = all.length - most;
  return rest > 0 ? `${all.slice(0, most).join(', ')} and ${String(rest)} more` : all.join(', ');
}

/** `1 workload was`, `60 workloads were`. */
export const workloadsWere = (many: number): string =>
  many === 1 ? '1 workload was' : `${count(many)} workloads were`;

const SIDES: Readonly<Record<Signal, string>> = {
  client: 'client side',
  server: 'server side',
  outbound: 'outbound',
  gateway: 'gateway',
  tcp: 'TCP',
};
/** What a signal counts. */
export const counted = (signal: Signal): string => (signal === 'tcp' ? 'connections' : 'requests');
/** Which requests a signal means. */
export const side = (signal: Signal): string => SIDES[signal];

/** The commonest causes of failure with their counts: `503 UH 31, 500 6`. */
export function topCauses(causes: Readonly<Record<string, number>>, most = 3): string {
  const sorted = Object.entries(causes).toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
  return sorted
    .slice(0, most)
    .map(([cause, many]) => `${cause} × ${count(many)}`)
    .join(', ');
}

/** `payments: 37 of 1,204 requests failed (3.1 %, at least 2.1 % at 99 %), limit 1 %, client side: 503 UH × 31`. */
export function unitSentence(unit: {
  readonly subject: string;
  readonly signal: Signal;
  readonly requests: number;
  readonly errors: number;
  readonly limit: number;
  readonly atLeast: number;
  readonly atMost: number;
  readonly causes?: Readonly<Record<string, number>>;
}): string {
  const { subject, requests, errors, limit } = unit;
  if (requests === 0) return `${subject}: no ${counted(unit.signal)}, ${side(unit.signal)}`;
  const ratio = errors / requests;
  const said = (measured: number): string => percent(measured, limit);
  const bound =
    ratio > limit
      ? `at least ${said(unit.atLeast)} at 99 %`
      : unit.atLeast >= limit
        ? 'of late above the limit, at 99 %'
        : unit.atMost <= limit
          ? `proved: at most ${said(unit.atMost)} at 99 %`
          : `not disproved; at most ${said(unit.atMost)} at 99 %`;
  const causes = topCauses(unit.causes ?? {});
  const failed = `${count(errors)} of ${count(requests)} ${counted(unit.signal)} failed (${said(ratio)}, ${bound})`;
  return `${subject}: ${failed}, limit ${limitText(limit)}, ${side(unit.signal)}${causes === '' ? '' : `: ${causes}`}`;
}
