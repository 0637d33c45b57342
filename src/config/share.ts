// Which part of one is `0.5%`? Shares need their `%`: `1` could be all or a hundredth.
import { bad, ok, shown, type Parsed } from './parsed.ts';

/** 0–1 from `0%`–`100%`; decimals with a point. */
export function parseShare(text: string): Parsed<number> {
  const match = /^(\d{1,3}(?:\.\d{1,9})?)\s?%$/u.exec(text);
  if (match?.[1] === undefined) {
    return bad(
      /^\d+(?:\.\d+)?$/u.test(text)
        ? `${shown(text)} has no %; write ${text}%`
        : `${shown(text)} is not a share; write it as 1% or 0.5%`,
    );
  }
  // Through the decimal text, so that 0.7 % is 0.007 and not 0.006999….
  const share = Number(`${match[1]}e-2`);
  return share > 1 ? bad(`${shown(text)} is more than 100%`) : ok(share);
}
