import { describe, expect, it } from 'vitest';
import type { Written } from '../../src/plan/journal.ts';
import { judgeRestore, labelRestores, tagRestore } from '../../src/plan/restore.ts';

const labels = (name: string, from: string | null, to: string | null): Written => ({
  kind: 'labels',
  object: { kind: 'Namespace', name },
  where: 'metadata',
  labels: { 'istio.io/rev': { from, to } },
});

const move = (from: string, to: string): Written => ({ kind: 'tag', tag: 'default', from, to });

describe('what has to be put back', () => {
  it('is the value before our first write, whatever we wrote since, newest object first', () => {
    const restores = labelRestores([
      labels('a', null, '1-31'),
      labels('b', null, '1-31'),
      labels('a', '1-31', null),
      labels('a', null, '1-32'),
    ]);
    expect(restores.map(({ object }) => object.name)).toEqual(['a', 'b']);
    expect(restores[0]?.labels).toEqual([{ key: 'istio.io/rev', original: null, ours: ['1-31', null, '1-32'] }]);
  });

  it.each([
    { current: 'enabled', leadsTo: 'nothing', why: 'it already is what it was' },
    { current: '1-32', leadsTo: 'restore', why: 'it holds what we wrote' },
    { current: '1-31', leadsTo: 'restore', why: 'it holds what we wrote before, as after a crash between two writes' },
    { current: 'canary', leadsTo: 'someone-else', why: 'someone wrote it after us' },
    { current: null, leadsTo: 'someone-else', why: 'someone took it away' },
  ])('is $leadsTo when $why', ({ current, leadsTo }) => {
    expect(judgeRestore({ key: 'k', original: 'enabled', ours: ['1-31', '1-32'] }, current)).toBe(leadsTo);
  });

  it('is where the tag pointed before we first moved it', () => {
    expect(tagRestore([labels('a', null, 'x'), move('1-31', '1-32'), move('1-31', '1-32')])).toEqual(
      move('1-31', '1-32'),
    );
    expect(tagRestore([labels('a', null, 'x')])).toBeUndefined();
  });
});
