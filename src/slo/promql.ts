// How does text become a query? Composed here and nowhere else, with every value escaped. Knows no signal and no time.
import type { LabelMatcher } from '../config/config.ts';
import type { Brand } from '../shared/brand.ts';

/** A query whose every value was escaped by the functions of this file (or came whole from the user's objectives). */
export type PromQL = Brand<string, 'PromQL'>;

/** Marks text as a query: for composers in slo/ only. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that gives the brand
export const asPromQL = (text: string): PromQL => text as PromQL;

/** A PromQL string literal that means exactly `value`, whatever is in it. */
export function quote(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}

/** A regular expression (RE2, anchored by PromQL) that matches exactly these names; throws on none, which would match absent labels. */
export function alternation(names: readonly string[]): string {
  if (names.length === 0) throw new Error('a query for no names at all would select series without the label');
  return names.map((name) => name.replaceAll(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`)).join('|');
}

/** The matcher that selects exactly these values of `name`. */
export function oneOf(name: string, values: readonly string[]): LabelMatcher {
  return { name, op: '=~', value: alternation(values) };
}

/** The matchers as they stand between the braces; empty text for none. */
export function matcherText(matchers: readonly LabelMatcher[]): string {
  return matchers.map(({ name, op, value }) => `${name}${op}${quote(value)}`).join(',');
}

/** `metric{matchers}`. */
export function selector(metric: string, matchers: readonly LabelMatcher[]): string {
  return `${metric}{${matcherText(matchers)}}`;
}

/** A PromQL duration, exact to the millisecond. */
export const duration = (ms: number): string => `${Math.round(ms)}ms`;
