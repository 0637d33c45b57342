import { describe, expect, it } from 'vitest';
import { discovererOf, discovers } from '../../src/mesh/discovery.ts';
import { asRevision } from '../../src/mesh/names.ts';

const istiod = (selectors: readonly object[]) =>
  discovererOf(asRevision('1-31'), { own: JSON.stringify({ discoverySelectors: selectors }), served: true });
const needs = (operator: string, values?: readonly string[]) => ({
  matchExpressions: [{ key: 'team', operator, ...(values === undefined ? {} : { values }) }],
});

describe('istiod discovers', () => {
  it.each([
    [[], {}, true, 'nothing is asked for'],
    [[{}], {}, true, 'an empty selector matches everything'],
    [[{ matchLabels: { mesh: 'on' } }], { mesh: 'on', more: 'x' }, true, 'it has the label'],
    [[{ matchLabels: { mesh: 'on' } }], { mesh: 'off' }, false, 'it has another value'],
    [[{ matchLabels: { mesh: 'on', team: 'a' } }], { mesh: 'on' }, false, 'all labels have to match'],
    [[{ matchLabels: { mesh: 'on' } }, { matchLabels: { team: 'a' } }], { team: 'a' }, true, 'one selector is enough'],
    [[needs('In', ['a', 'b'])], { team: 'b' }, true, 'one of the values'],
    [[needs('In', ['a'])], {}, false, 'no label is in no set'],
    [[needs('NotIn', ['a'])], {}, true, 'no label is outside of every set'],
    [[needs('NotIn', ['a'])], { team: 'a' }, false, 'one of the values'],
    [[needs('Exists')], { team: '' }, true, 'it has the label, though empty'],
    [[needs('DoesNotExist')], { team: '' }, false, 'it has the label'],
    [[{ matchLabels: { mesh: 'on' }, ...needs('Exists') }], { mesh: 'on' }, false, 'labels and expressions, both'],
  ])('by %j what is labelled %j: %s, %s', (selectors, labels, seen, _why) => {
    expect(discovers(istiod(selectors), labels)).toBe(seen);
  });

  it('nobody knows what where its configuration cannot be read, or it runs elsewhere', () => {
    expect(discovers(discovererOf(asRevision('1-31'), { own: '[', served: true }), {})).toBeUndefined();
    expect(discovers(discovererOf(asRevision('1-31'), { served: false }), {})).toBeUndefined();
    expect(discovers(discovererOf(asRevision('1-31'), { served: true }), {})).toBe(true);
  });

  it.each([
    ['default', 'istio', 'as an istiod without a revision calls it'],
    ['1-31', 'istio-1-31', 'with one'],
  ])('as ConfigMap of revision %s says: %s, %s', (revision, configMap, _why) => {
    expect(discovererOf(asRevision(revision), { served: true }).configMap).toBe(configMap);
  });
});
