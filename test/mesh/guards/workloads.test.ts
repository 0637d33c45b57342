import { describe, expect, it } from 'vitest';
import { asTag } from '../../../src/mesh/names.ts';
import { aLoosePod, aNamespace, aPod, anUninjectedWorkload, aTag, aWorkload, TARGET } from '../../builders/snapshot.ts';
import { expectFindings, findingsOf, rev } from './scene.ts';

describe('what the guards say about workloads and pods', () => {
  expectFindings([
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: rev('1-31'), selectorLabels: rev('1-31') })],
        },
      },
      ['blocks revision-in-selector: Deployment jobs/api'],
      'the label that has to change can’t',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('shop')],
          workloads: [aWorkload({ namespace: 'shop', templateLabels: rev('1-31'), selectorLabels: rev('1-31') })],
        },
      },
      [],
      'the namespace decides: the template keeps its label',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: rev('default'), selectorLabels: rev('default') })],
        },
        frozen: { strategy: 'relabel' },
      },
      ['blocks revision-in-selector: Deployment jobs/api'],
      'under relabel a template that follows the tag changes too',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('edge', {})],
          workloads: ['a', 'b'].map((name) =>
            aWorkload({
              namespace: 'edge',
              name,
              gateway: 'injected',
              templateLabels: rev('1-31'),
              selectorLabels: rev('1-31'),
            }),
          ),
        },
        frozen: { gateways: { kind: 'listed', gateways: [{ namespace: 'edge', name: 'a' }] } },
      },
      ['blocks revision-in-selector: Deployment edge/a'],
      'a gateway that is not chosen keeps its label',
    ],
    [
      {
        snapshot: {
          tags: [aTag('prod-canary', '1-31'), aTag('prod-stable', '1-31')],
          namespaces: [aNamespace('jobs', {})],
          workloads: ['prod-canary', 'prod-stable'].map((name) =>
            aWorkload({ namespace: 'jobs', name, templateLabels: rev(name), selectorLabels: rev(name) }),
          ),
        },
        frozen: { strategy: 'relabel', tag: asTag('prod-canary') },
      },
      ['blocks revision-in-selector: Deployment jobs/prod-canary'],
      'one that follows another tag keeps its label',
    ],
    [
      {
        snapshot: {
          workloads: [
            aWorkload({ name: 'a', immovable: 'paused' }),
            aWorkload({ name: 'b', immovable: 'on-delete' }),
            aWorkload({ name: 'c', immovable: 'unavailable-before', requested: TARGET }),
          ],
        },
      },
      ['notice workload-paused: Deployment payments/a', 'notice workload-on-delete: Deployment payments/b'],
      'what a restart can’t move is named, if it is the source’s',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('payments')],
          workloads: [
            anUninjectedWorkload({ immovable: 'host-network' }),
            anUninjectedWorkload({ namespace: 'ops', immovable: 'host-network' }),
          ],
        },
      },
      ['notice workload-host-network: Deployment payments/api'],
      'it asks and is never served; the one elsewhere does not ask',
    ],
    [
      {
        snapshot: {
          pods: [
            aLoosePod('Job', { namespace: 'etl', name: 'import-1' }),
            aLoosePod('Job', { namespace: 'etl', name: 'import-2' }),
            aLoosePod('none', { namespace: 'etl', name: 'debug' }),
            aLoosePod('Job', { namespace: 'etl', name: 'over', finished: true }),
            aLoosePod('none', { namespace: 'etl', name: 'new', injected: TARGET }),
          ],
        },
      },
      ['notice pods-not-restarted: pods of kind Job in etl', 'notice pods-not-restarted: bare pods in etl'],
      'by namespace and owner; neither the finished nor the target’s',
    ],
    [
      { snapshot: { workloads: [aWorkload({ requested: TARGET })], pods: [aPod()] } },
      ['notice pods-left-on-source: Deployment payments/api'],
      'relabelled by hand, never restarted',
    ],
  ]);

  it('name no more than five loose pods, and count the rest', () => {
    const pods = Array.from({ length: 8 }, (_, index) => aLoosePod('Job', { name: `import-${index}` }));
    expect(findingsOf({ snapshot: { pods } })[0]?.message).toContain('8 pods');
    expect(findingsOf({ snapshot: { pods } })[0]?.message).toContain('import-4 and 3 more');
  });
});
