import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import { guards } from '../../src/mesh/guards.ts';
import { resolveSource } from '../../src/mesh/guards/source.ts';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { frozenConfig } from '../builders/config.ts';
import {
  aControlPlane,
  aMeshOf,
  aNamespace,
  aSnapshot,
  aTag,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';
import { enabled, findingsOf, rev } from './guards/scene.ts';

describe('guards', () => {
  it('find nothing in a healthy mesh', () => {
    expect(guards(aMeshOf(['payments', 'shop']), frozenConfig(), { source: SOURCE, target: TARGET })).toEqual([]);
  });

  it('put what blocks first, and say of each what to do', () => {
    const findings = findingsOf({
      snapshot: {
        controlPlanes: [aControlPlane('1-31')],
        namespaces: [aNamespace('shop', { ...enabled, ...rev('1-31') })],
        workloads: [aWorkload({ immovable: 'paused' })],
      },
    });
    expect(findings.map(({ severity }) => severity)).toEqual(['blocks', 'overridable', 'notice']);
    for (const { message, remedy } of findings) expect(`${message} ${remedy}`).toMatch(/\. .+\.$/u);
  });
});

const idOf = (snapshot: Partial<MeshSnapshot>, frozen: Partial<FrozenConfig> = {}): string => {
  const found = resolveSource(aSnapshot(snapshot), frozenConfig(frozen));
  return typeof found === 'string' ? found : found.id;
};

describe('resolveSource', () => {
  const prod = { tags: [aTag('default', '1-32'), aTag('prod', '1-31')] };

  it.each<readonly [Partial<MeshSnapshot>, Partial<FrozenConfig>, string, string]>([
    [{}, {}, '1-31', 'what the default tag points to'],
    [prod, { tag: asTag('prod') }, '1-31', 'what the named tag points to'],
    [{}, { sourceRevision: TARGET }, '1-32', 'what the user named outranks the tag'],
    [{ tags: [] }, { sourceRevision: SOURCE }, '1-31', 'and needs no tag; the guards ask for it'],
    [{}, { sourceRevision: asRevision('gone') }, 'source-not-found', 'the user named what is not installed'],
    [{ tags: [aTag('default', 'gone')] }, {}, 'source-not-found', 'the tag points to what is not installed'],
    [{ tags: [] }, {}, 'tag-missing', 'there is no tag to ask'],
    [
      { tags: [], controlPlanes: [aControlPlane('default')] },
      {},
      'default-tag-missing',
      'installed without a revision',
    ],
  ])('of %j with %j is %s: %s', (snapshot, frozen, expected) => {
    expect(idOf(snapshot, frozen)).toBe(expected);
  });
});
