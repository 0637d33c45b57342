// What do the sums say: go on looking (and for what), or PASS, FAIL, HOLD? The rules of docs/gate.md, "How it judges"; each has its own
// file. Two stand above all: never a PASS without evidence, never a FAIL for lack of it.
import { blamed, chargeOf } from './blame.ts';
import { type Elsewhere, elsewhere, type Past, untouched } from './comparison.ts';
import { ending, type Facts, holding, passing, unseeing } from './endings.ts';
import type { Ledger } from './ledger.ts';
import { limitFor } from './limits.ts';
import { allOpenSince, type Moment, shortfalls, unconfirmed, waits } from './readiness.ts';
import type { Rules } from './rules.ts';
import type { Unit } from './unit.ts';
import { unitVerdicts } from './units.ts';
import { waitsForPast } from './unread.ts';
import { verdictOf } from './verdict-of.ts';
import type { ReasonCode, UnitVerdict, Verdict } from './verdict.ts';

export type Judgement =
  | {
      readonly kind: 'continue';
      /** What is still missing for a verdict. */
      readonly needs: readonly string[];
      /** The unit that is worst off, if any counted a request. */
      readonly worst: UnitVerdict | undefined;
    }
  | { readonly kind: 'verdict'; readonly verdict: Verdict };

/** The judgement at this moment. Pure: the same ledger at the same moment is judged the same. */
export function judge(ledger: Ledger, rules: Rules, past: Past, moment: Moment): Judgement {
  const around = once(() => surroundings(ledger, rules, past));
  const guilty = blamed(ledger, rules, past, around);
  const charge = chargeOf(ledger, rules, past, around, guilty);
  const failed: ReadonlySet<Unit> = charge?.kind === 'FAIL' ? guilty : new Set();
  const units = once(() => withCharged(unitVerdicts(ledger, rules, past, failed), charge?.unit));
  const facts = { ledger, rules, past, moment, around, units };
  const end =
    charge !== undefined
      ? ending(charge.kind, charge.reasonCode, charge.reason ?? units()[0]?.sentence ?? '')
      : (unseeing(facts) ?? passing(facts) ?? holding(facts));
  if (end !== undefined) return { kind: 'verdict', verdict: verdictOf(facts, end, charge?.queries) };
  return new Undecided(facts);
}

/**
 * Words and bounds are the dear part of a judgement: worked out for those who read them. A class, since V8 gives each object literal
 * with getters a hidden class of its own, which keeps alive what they see.
 */
class Undecided {
  readonly kind = 'continue';
  readonly #facts: Facts;
  constructor(facts: Facts) {
    this.#facts = facts;
  }
  get needs(): readonly string[] {
    return needsOf(this.#facts);
  }
  get worst(): UnitVerdict | undefined {
    return this.#facts.units().find(({ requests }) => requests > 0);
  }
}

/** What is charged comes first, and is there once. */
const withCharged = (units: readonly UnitVerdict[], charged: UnitVerdict | undefined): readonly UnitVerdict[] =>
  charged === undefined
    ? units
    : [charged, ...units.filter(({ subject, signal }) => subject !== charged.subject || signal !== charged.signal)];

/** Worked out when first asked, and once. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The HOLD of a gate that was stopped from outside, with all it had counted. */
export function stopped(
  ledger: Ledger,
  rules: Rules,
  past: Past,
  moment: Moment,
  reasonCode: ReasonCode,
  reason: string,
): Verdict {
  const around = once(() => surroundings(ledger, rules, past));
  const units = once(() => unitVerdicts(ledger, rules, past, new Set()));
  const facts = { ledger, rules, past, moment, around, units };
  return verdictOf(facts, ending('HOLD', reasonCode, reason));
}

function surroundings(ledger: Ledger, rules: Rules, past: Past): Elsewhere {
  const { unmoved, subjects, watched = [], settings } = rules;
  const batch = [...new Set([...subjects, ...watched].map((subject) => subject.split('/')[0] ?? subject))];
  const usable = untouched(unmoved, batch, past.links);
  return elsewhere(usable, ledger.unmoved, ledger.newestUnmoved, past.unmoved, (name) =>
    limitFor(settings.maxErrorRate, name),
  );
}

function needsOf({ ledger, rules, past, moment }: Facts): readonly string[] {
  const confirm = unconfirmed(ledger) ? ['a second sample to confirm the evidence'] : [];
  const open = allOpenSince(ledger, rules) === undefined ? [] : shortfalls(ledger, rules, past);
  return [...confirm, ...waitsForPast(past), ...waits(ledger, rules, moment), ...open.map(({ text }) => text)];
}
