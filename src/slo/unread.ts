// What if the hour before cannot be read? The gate waits, then holds; with `compare: off` it does without. Judges no request.
import type { GateSettings } from '../config/config.ts';
import { NO_PAST, type Past } from './comparison.ts';
import { span } from './sentence.ts';
import { troubled } from './trouble.ts';

/** No sight for this long ends the gate. */
export const BLIND_MS = 5 * 60_000;
/** Prometheus must refuse twice before it is believed. */
export const MISCONFIGURED_LOOKS = 2;

/**
 * The past after it was asked for once more, and not answered. With `compare: off` no failure is compared with it: after as long as a gate may
 * be blind (or bake) it counts as asked, and what is missing then is said.
 */
export function unread(
  before: Past,
  failed: { readonly kind: 'unreachable' | 'misconfigured'; readonly reason: string; readonly atMs: number },
  { compare, maxBakeMs }: GateSettings,
): Past {
  const trouble = troubled(before.trouble, failed);
  const isOver = failed.atMs - trouble.sinceMs >= Math.min(BLIND_MS, maxBakeMs);
  if (compare !== 'off' || !isOver) return { ...NO_PAST, trouble };
  const gap = `the hour before could not be measured (${failed.reason}): how much traffic to expect is not known, and who has lost it all counts as thin`;
  return { ...NO_PAST, gaps: [gap], complete: true };
}

/** Why the gate holds, once the past was refused twice, or not read for `patienceMs`; undefined before, and where it is not needed. */
export function holdsUnread(
  { complete, trouble }: Past,
  { compare }: GateSettings,
  nowMs: number,
  patienceMs: number,
): { readonly code: 'blind' | 'misconfigured'; readonly reason: string } | undefined {
  if (complete || trouble === undefined || compare === 'off') return undefined;
  if (trouble.kind === 'misconfigured' && trouble.looks >= MISCONFIGURED_LOOKS)
    return { code: 'misconfigured', reason: `Prometheus refuses ${trouble.reason}; ${REMEDY}` };
  const forMs = nowMs - trouble.sinceMs;
  if (forMs < patienceMs) return undefined;
  return {
    code: 'blind',
    reason: `the hour before could not be read for ${span(forMs)}: ${trouble.reason}; ${REMEDY}`,
  };
}
const REMEDY =
  'let it answer that (its timeout, its limits) and run again; a plan with `compare: off` does without that hour';

/** `an answer about the hour before (client side): HTTP 503`, where a verdict still waits for it. */
export const waitsForPast = ({ complete, trouble }: Past): readonly string[] =>
  complete ? [] : [trouble === undefined ? 'the hour before' : `an answer about ${trouble.reason}`];
