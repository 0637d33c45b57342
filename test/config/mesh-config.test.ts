import { describe, expect, it } from 'vitest';
import { discoverySelectorsIn } from '../../src/config/mesh-config.ts';

const ENABLED = 'discoverySelectors:\n- matchLabels:\n    istio-injection: enabled\n';
const selected = (...selectors: readonly object[]) => ({ kind: 'selected', selectors });
const enabled = selected({ matchLabels: { 'istio-injection': 'enabled' } });

describe("the discoverySelectors of istiod's mesh configuration", () => {
  it.each([
    [[], { kind: 'all' }, 'istiod runs without a ConfigMap too'],
    [[''], { kind: 'all' }, 'empty'],
    [['accessLogFile: /dev/stdout'], { kind: 'all' }, 'there are none'],
    [['discoverySelectors: []'], { kind: 'all' }, 'an empty list chooses everything'],
    [[ENABLED], enabled, 'one'],
    [['discovery_selectors: [{matchLabels: {istio-injection: enabled}}]'], enabled, 'protobuf reads this spelling too'],
    [['trustDomain: a\ntrustDomain: b\n', ENABLED], enabled, 'of two equal keys the last counts'],
    [
      ['discoverySelectors: [{matchExpressions: [{key: istio.io/rev, operator: Exists}]}, {}]'],
      selected({ matchExpressions: [{ key: 'istio.io/rev', operator: 'Exists' }] }, {}),
      'any of several',
    ],
    [[ENABLED, 'trustDomain: x'], enabled, 'the own one does not mention them: the shared one’s stay'],
    [['discoverySelectors: [{}]', ENABLED], enabled, 'the own one outranks the shared one'],
    [[ENABLED, 'discoverySelectors: []'], { kind: 'all' }, 'and takes them away'],
  ])('of %j are %j: %s', (texts, found, _why) => {
    expect(discoverySelectorsIn(texts)).toEqual(found);
  });

  it.each([
    ['a: [', 'it is not YAML'],
    ['- a', 'it is not a mapping'],
    ['text', 'it is not a mapping'],
    ['discoverySelectors: {matchLabels: {a: b}}', 'discoverySelectors is not a list'],
    ['discoverySelectors: [null]', 'discoverySelectors[0] is not an object'],
    ['discoverySelectors: [{matchLabels: {mesh: yes}}]', 'discoverySelectors[0].matchLabels.mesh is not a text'],
    ['discoverySelectors: [{match_labels: {a: b}}]', 'discoverySelectors[0] has a field match_labels'],
    [
      'discoverySelectors: [{matchExpressions: [{key: a, operator: Is}]}]',
      'discoverySelectors[0].matchExpressions[0].operator is none of In, NotIn, Exists, DoesNotExist',
    ],
    [
      'discoverySelectors: [{matchExpressions: [{key: a, operator: In}]}]',
      'discoverySelectors: In of a without values',
    ],
    [
      'discoverySelectors: [{matchExpressions: [{key: a, operator: Exists, values: [b]}]}]',
      'discoverySelectors: Exists of a with values',
    ],
  ])('of %j cannot be told: %s', (yaml, problem) => {
    expect(discoverySelectorsIn([yaml])).toEqual({ kind: 'unreadable', problem });
  });
});
