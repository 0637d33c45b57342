import { describe, expect, it } from 'vitest';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { undoneSince } from '../../src/plan/undone-since.ts';
import { aPlan } from '../builders/plan.ts';
import { aPod, aSnapshot, aTag, aWorkload, SOURCE, TARGET } from '../builders/snapshot.ts';

const ref = { kind: 'Deployment', namespace: 'payments', name: 'api' } as const;
const onTarget = {
  tags: [aTag('default', TARGET)],
  workloads: [aWorkload({ ...ref, requested: TARGET })],
  pods: [aPod({ of: ref, injected: TARGET })],
};
const undone = (over: Partial<MeshSnapshot> = {}): readonly string[] =>
  undoneSince({ plan: aPlan([['payments']]) }, aSnapshot({ ...onTarget, ...over }));
const ELSEWHERE = ['namespace payments has workloads on another revision'];

describe('a completed upgrade', () => {
  it('is undone in nothing as long as tag and workloads are on the target', () => {
    expect(undone()).toEqual([]);
  });
  it.each<[string, Partial<MeshSnapshot>, readonly string[]]>([
    ['the tag was moved back', { tags: [aTag('default', SOURCE)] }, ['tag default points to 1-31']],
    ['the tag was removed', { tags: [] }, ['tag default points to nothing']],
    ['new pods would get another proxy', { workloads: [aWorkload({ ...ref, requested: SOURCE })] }, ELSEWHERE],
    ['pods got another one', { pods: [aPod({ of: ref, injected: SOURCE })] }, ELSEWHERE],
  ])('is undone where %s', (_what, over, sentences) => {
    expect(undone(over)).toEqual(sentences);
  });
  it('is not undone by what no restart reached, nor by what it did not move', () => {
    const pods = [aPod({ of: ref, injected: SOURCE })];
    expect(undone({ pods, workloads: [aWorkload({ ...ref, requested: TARGET, immovable: 'paused' })] })).toEqual([]);
    expect(undone({ workloads: [aWorkload({ ...ref, namespace: 'other', requested: SOURCE })] })).toEqual([]);
  });
});
