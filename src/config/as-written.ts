// How would a user have written this setting? For sentences about it: several lines are joined by commas, and what is not set is said so.
import { assertNever } from '../shared/assert-never.ts';
import { hundredths, span } from '../slo/sentence.ts';
import { selectorText } from './choose.ts';
import type { BatchRule, ErrorRateLimits, GatewayChoice, Install, LabelMatcher, NamespaceSelector } from './config.ts';

const NOT_SET = 'not set';
const lines = (texts: readonly string[] | undefined): string =>
  texts === undefined || texts.length === 0 ? NOT_SET : texts.join(', ');

export const wordText = (word: string | number | boolean | undefined): string =>
  word === undefined ? NOT_SET : String(word);

/** `undefined` is how `interval: auto` is kept. */
export const durationText = (ms: number | undefined): string => (ms === undefined ? 'auto' : span(ms));

export const selectorsText = (selectors: readonly NamespaceSelector[] | undefined): string =>
  lines(selectors?.map(selectorText));

export const batchesText = (rules: readonly BatchRule[]): string => lines(rules.map(ruleText));

export const gatewaysText = (choice: GatewayChoice): string =>
  choice.kind === 'listed' ? lines(choice.gateways.map(({ namespace, name }) => `${namespace}/${name}`)) : choice.kind;

export const matchersText = (matchers: readonly LabelMatcher[]): string =>
  lines(matchers.map(({ name, op, value }) => `${name}${op}${value}`));

export const errorRateText = ({ limit, exceptions }: ErrorRateLimits): string =>
  lines([shareText(limit), ...exceptions.map((each) => `${each.pattern}: ${shareText(each.limit)}`)]);

export const statusesText = (statuses: readonly string[] | undefined): string => statuses?.join(' ') ?? NOT_SET;

/** The manifest's path, or the tool's arguments. */
export const installText = (install: Install): string =>
  install.kind === 'none' ? NOT_SET : install.kind === 'manifest' ? install.path : lines(install.args);

function ruleText(rule: BatchRule): string {
  switch (rule.kind) {
    case 'select':
      return rule.selectors.map(selectorText).join(' ');
    case 'count':
      return String(rule.count);
    case 'share':
      return shareText(rule.share);
    case 'rest':
      return 'rest';
    case 'rest-by-count':
      return `rest by ${String(rule.count)}`;
    case 'rest-by-share':
      return `rest by ${shareText(rule.share)}`;
    default:
      return assertNever(rule);
  }
}

const shareText = (share: number): string => `${hundredths(share)}%`;
