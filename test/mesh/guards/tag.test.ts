import { describe, expect, it } from 'vitest';
import { asTag } from '../../../src/mesh/names.ts';
import { aControlPlane, aTag, SOURCE } from '../../builders/snapshot.ts';
import { expectFindings, findingsOf } from './scene.ts';

describe('what the guards say about the tag', () => {
  expectFindings([
    [{ snapshot: { tags: [] } }, ['blocks tag-missing: tag default'], 'nothing to move'],
    [{ frozen: { tag: asTag('prod') } }, ['blocks tag-missing: tag prod'], 'another tag exists, but not this one'],
    [{ frozen: { tag: asTag('1-31') } }, ['blocks tag-missing: tag 1-31'], 'a revision is no tag'],
    [
      { source: 'default', snapshot: { tags: [], controlPlanes: [aControlPlane('default'), aControlPlane('1-32')] } },
      ['blocks default-tag-missing: tag default'],
      'an istiod without a revision injects without any tag',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-32')] } },
      ['notice tag-already-moved: tag default'],
      'somebody moved it by hand',
    ],
    [
      {
        snapshot: {
          controlPlanes: [aControlPlane('1-30'), aControlPlane('1-31'), aControlPlane('1-32')],
          tags: [aTag('default', '1-30')],
        },
      },
      ['blocks tag-elsewhere: tag default'],
      'neither source nor target',
    ],
    [
      { snapshot: { tags: [{ ...aTag('default', '1-32'), revision: SOURCE }] } },
      ['blocks tag-inconsistent: tag default'],
      'its label says 1-31, its webhooks call 1-32',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-31', { mixed: true })] } },
      ['blocks tag-inconsistent: tag default'],
      'its webhooks call different istiods',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-31'), aTag('1-32', '1-31')] } },
      ['blocks tag-shadows-revision: tag 1-32'],
      'two injectors answer to istio.io/rev=1-32',
    ],
    [
      {
        snapshot: {
          controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32'), aControlPlane('old')],
          tags: [aTag('default', '1-31'), aTag('old', '1-31')],
        },
      },
      ['notice tag-shadows-revision: tag old'],
      'a clash that this upgrade does not touch',
    ],
    [
      {
        source: 'default',
        snapshot: {
          controlPlanes: [aControlPlane('default'), aControlPlane('1-32')],
          tags: [aTag('default', 'default')],
        },
      },
      ['blocks tag-shadows-revision: tag default'],
      'Helm’s istiod without a revision still injects beside the tag',
    ],
    [
      {
        source: 'default',
        frozen: { tag: asTag('prod') },
        snapshot: {
          controlPlanes: [aControlPlane('default', { deactivated: true }), aControlPlane('1-32')],
          tags: [aTag('default', '1-32'), aTag('prod', 'default')],
        },
      },
      ['blocks tag-shadows-revision: tag default'],
      'to pin to the source would be to follow a tag that points elsewhere',
    ],
    [
      {
        source: 'default',
        frozen: { tag: asTag('prod'), strategy: 'relabel' },
        snapshot: {
          controlPlanes: [aControlPlane('default', { deactivated: true }), aControlPlane('1-32')],
          tags: [aTag('default', '1-32'), aTag('prod', 'default')],
        },
      },
      [],
      'where the tag stays nobody has to name the source',
    ],
    [
      {
        source: 'default',
        snapshot: {
          controlPlanes: [aControlPlane('default', { deactivated: true }), aControlPlane('1-32')],
          tags: [aTag('default', 'default')],
        },
      },
      [],
      'istioctl has deactivated it: the name is the tag’s alone',
    ],
    [
      {
        snapshot: {
          controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32'), aControlPlane('1-32', { injector: 'copy' })],
        },
      },
      ['blocks ambiguous: revision 1-32'],
      'two injectors claim the target',
    ],
  ]);

  it('include the remedy for an istiod without a revision and without a default tag', () => {
    const [finding] = findingsOf({
      source: 'default',
      snapshot: { tags: [], controlPlanes: [aControlPlane('default'), aControlPlane('1-32')] },
    });
    expect(finding?.remedy).toContain('istioctl tag set default --revision default');
  });
});
