// What can the gate prove with which traffic, and how soon? Worked out by the engine itself, for docs/gate.md.
import type { GateSettings } from '../src/config/config.ts';
import { parseConfig } from '../src/config/parse.ts';
import { alphaOf } from '../src/slo/rules.ts';
import { isConfirmed, isProven, openProof, proofAfter } from '../src/slo/proof.ts';
import { provingRequests } from '../src/slo/rehearsal.ts';
import { count, percent, span } from '../src/slo/sentence.ts';
import { BATCH_SIGNALS } from '../src/slo/signals.ts';
import { floorOf } from '../src/slo/units.ts';

/** The inputs' own defaults. */
const SETTINGS = defaults();
function defaults(): GateSettings {
  const parsed = parseConfig({ command: 'plan', 'target-revision': 'x' }, undefined);
  if (parsed.kind !== 'ok') throw new Error(JSON.stringify(parsed.problems));
  return parsed.value.frozen.gate;
}
const LOOK_MS = 15_000;
/** Two scrapes after the last pod is ready the window opens. */
const OPENS_MS = 30_000;

const alphaFor = (namespaces: number): number =>
  alphaOf({ settings: SETTINGS, subjects: Array.from({ length: namespaces }, () => ''), signals: BATCH_SIGNALS });

const LIMITS = [0.001, 0.005, 0.01, 0.05];

/** Requests that statements take, by limit; in brackets in a batch of 25 namespaces. */
export function requestsTable(): string {
  const rows = LIMITS.map((limit) => {
    const [alone, many] = [1, 25].map((namespaces) => provingRequests(limit, alphaFor(namespaces)));
    return [percent(limit), count(floorOf(limit)), `${count(alone ?? 0)} (${count(many ?? 0)})`];
  });
  return table(['limit', 'to be judged at all', 'proved within it, when all are clean'], rows);
}

const RATES = [0.01, 0.1, 0.5, 1, 5, 20, 100];

/** When what follows from the defaults, for one namespace with steady traffic after a clean hour. */
export function timesTable(): string {
  const { limit } = SETTINGS.maxErrorRate;
  const rows = RATES.map((rate) => {
    const inMaxBake = (rate * SETTINGS.maxBakeMs) / 1000;
    const passes = Math.max(SETTINGS.minRequests, floorOf(limit)) / rate;
    const passMs = OPENS_MS + Math.max(SETTINGS.bakeMs, passes * 1000);
    const proves = OPENS_MS + looksFor(provingRequests(limit, alphaFor(1)) / rate) * LOOK_MS;
    return [
      String(rate),
      passMs <= SETTINGS.maxBakeMs ? span(passMs) : inMaxBake < floorOf(limit) ? 'unproved' : 'HOLD (no-traffic)',
      said(proves),
      ...[1, 0.1, 0.02].map((ratio) => said(failsAfter(rate, ratio, limit))),
    ];
  });
  const head = ['requests/s', 'PASS', 'proved ≤ 1 %', 'FAIL: all fail', 'FAIL: 10 % fail', 'FAIL: 2 % fail'];
  return table(head, rows);
}

const looksFor = (seconds: number): number => Math.max(1, Math.ceil((seconds * 1000) / LOOK_MS));
const said = (ms: number): string => (ms <= SETTINGS.maxBakeMs ? span(ms) : 'not within `max-bake`');

/** When a breach is proven and confirmed, as many requests failing at each look as are to be expected. */
function failsAfter(rate: number, ratio: number, limit: number): number {
  const alpha = alphaFor(1);
  const by = (look: number, share: number): number => Math.floor(((rate * LOOK_MS) / 1000) * look * share);
  let proof = openProof(limit);
  for (let look = 1; look * LOOK_MS <= SETTINGS.maxBakeMs; look += 1) {
    const requests = by(look, 1) - by(look - 1, 1);
    const errors = Math.min(requests, by(look, ratio) - by(look - 1, ratio));
    proof = proofAfter(proof, { requests, errors }, limit);
    if (isProven(proof, alpha, undefined) && isConfirmed(proof)) return OPENS_MS + look * LOOK_MS;
  }
  return Infinity;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
