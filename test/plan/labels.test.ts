import { describe, expect, it } from 'vitest';
import { asRevision } from '../../src/mesh/names.ts';
import { heldBackLabels, movedLabels, pinnedLabels, settledLabels } from '../../src/plan/labels.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';

const tag = aPlan();
const relabel = aPlan([], { strategy: 'relabel' });
const unrevisioned = aPlan([], { source: asRevision('default') });
const follower = aPlannedNamespace('a', { original: { injection: 'enabled', rev: null } });
const pinned = aPlannedNamespace('b', { move: 'pinned-to-source', original: { injection: null, rev: '1-31' } });
const template = aPlannedNamespace('c', { move: 'by-template', original: { injection: null, rev: null } });
const rev = (value: string) => ({ injection: null, rev: value });

describe('the labels of a namespace', () => {
  it.each([
    {
      plan: tag,
      namespace: follower,
      pin: rev('1-31'),
      moved: follower.original,
      back: rev('1-31'),
      settled: undefined,
      why: 'tag, follows it',
    },
    {
      plan: tag,
      namespace: pinned,
      pin: undefined,
      moved: rev('1-32'),
      back: rev('1-31'),
      settled: undefined,
      why: 'tag, names the source',
    },
    {
      plan: tag,
      namespace: template,
      pin: undefined,
      moved: undefined,
      back: undefined,
      settled: undefined,
      why: 'tag, unlabelled: a pin would inject every pod',
    },
    {
      plan: unrevisioned,
      namespace: follower,
      pin: undefined,
      moved: follower.original,
      back: follower.original,
      settled: undefined,
      why: 'tag, and the source is called like it: `istio.io/rev=default` would follow the tag too',
    },
    {
      plan: relabel,
      namespace: follower,
      pin: undefined,
      moved: rev('1-32'),
      back: follower.original,
      settled: follower.original,
      why: 'relabel, follows the tag',
    },
    {
      plan: relabel,
      namespace: pinned,
      pin: undefined,
      moved: rev('1-32'),
      back: rev('1-31'),
      settled: undefined,
      why: 'relabel, names the source',
    },
    {
      plan: relabel,
      namespace: template,
      pin: undefined,
      moved: undefined,
      back: undefined,
      settled: undefined,
      why: 'relabel, unlabelled',
    },
  ])('are those of the table: $why', ({ plan, namespace, pin, moved, back, settled }) => {
    expect(pinnedLabels(plan, namespace)).toEqual(pin);
    expect(movedLabels(plan, namespace)).toEqual(moved);
    expect(heldBackLabels(plan, namespace)).toEqual(back);
    expect(settledLabels(plan, namespace)).toEqual(settled);
  });
});
