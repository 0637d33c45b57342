// How long is `1h30m`? Durations need a unit; a bare number is refused, because nobody can tell what it means.
import { bad, ok, shown, type Parsed } from './parsed.ts';

/** Longer than any upgrade, and short enough for every timer. */
const LONGEST_MS = 14 * 24 * 3_600_000;

/** Milliseconds of `90s`, `5m` or `1h30m`: hours, minutes, seconds, each at most once, in this order. */
export function parseDuration(text: string): Parsed<number> {
  const match = /^(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$/u.exec(text);
  if (match === null || text === '') {
    return bad(
      /^\d+$/u.test(text)
        ? `${shown(text)} has no unit; write ${text}s, ${text}m or ${text}h`
        : `${shown(text)} is not a duration; write it as 90s, 5m or 1h30m`,
    );
  }
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return ms > LONGEST_MS ? bad(`${shown(text)} is longer than 14 days`) : ok(ms);
}

/** Like `parseDuration`, and more than nothing. */
export function parsePositiveDuration(text: string): Parsed<number> {
  const duration = parseDuration(text);
  return duration.kind === 'ok' && duration.value === 0 ? bad(`${shown(text)} must be more than nothing`) : duration;
}

const HOUR_MS = 3_600_000;

/** Whole hours, from one to a day. */
export function parseRehearsal(text: string): Parsed<number> {
  const duration = parsePositiveDuration(text);
  if (duration.kind !== 'ok') return duration;
  return duration.value % HOUR_MS === 0 && duration.value <= 24 * HOUR_MS
    ? duration
    : bad(`${shown(text)} is not a number of whole hours up to 24h; write it as 1h or 6h`);
}
