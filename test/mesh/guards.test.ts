import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import type { Finding } from '../../src/mesh/finding.ts';
import { guards, resolveSource } from '../../src/mesh/guards.ts';
import { VALIDATING } from '../../src/mesh/kinds.ts';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { frozenConfig } from '../builders/config.ts';
import {
  aControlPlane,
  aLoosePod,
  aMeshOf,
  aNamespace,
  aPod,
  aSnapshot,
  aTag,
  anUninjectedWorkload,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

interface Scene {
  readonly snapshot?: Partial<MeshSnapshot>;
  readonly frozen?: Partial<FrozenConfig>;
  readonly target?: string;
  readonly source?: string;
  readonly runnerNamespace?: string;
}
function findingsOf({ snapshot, frozen, target, source, runnerNamespace }: Scene): readonly Finding[] {
  return guards(aSnapshot(snapshot), frozenConfig(frozen), {
    source: source === undefined ? SOURCE : asRevision(source),
    target: target === undefined ? TARGET : asRevision(target),
    ...(runnerNamespace === undefined ? {} : { runnerNamespace }),
  });
}
const told = (scene: Scene): readonly string[] =>
  findingsOf(scene).map(({ id, severity, subject }) => `${severity} ${id}: ${subject}`);
const labels = (value: string) => ({ 'istio.io/rev': value });
const enabled = { 'istio-injection': 'enabled' };

describe('guards', () => {
  it('find nothing in a healthy mesh', () => {
    expect(guards(aMeshOf(['payments', 'shop']), frozenConfig(), { source: SOURCE, target: TARGET })).toEqual([]);
  });

  it('put what blocks first, and say of each what to do', () => {
    const findings = findingsOf({
      snapshot: {
        controlPlanes: [aControlPlane('1-31')],
        namespaces: [aNamespace('shop', { ...enabled, ...labels('1-31') })],
        workloads: [aWorkload({ immovable: 'paused' })],
      },
    });
    expect(findings.map(({ severity }) => severity)).toEqual(['blocks', 'overridable', 'notice']);
    for (const { message, remedy } of findings) expect(`${message} ${remedy}`).toMatch(/\. .+\.$/u);
  });

  const sail = { kind: 'sail', object: 'IstioRevision x' } as const;
  const down = [{ name: 'istiod-1-31', replicas: 1, available: 0 }];
  const rows: readonly (readonly [Scene, readonly string[], string])[] = [
    // The target
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31')] } },
      ['blocks target-not-installed: revision 1-32'],
      'nobody is asked to install it',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31')] }, frozen: { install: { kind: 'istioctl', args: [] } } },
      [],
      'phase 2 will install it',
    ],
    [{ target: '1-31' }, ['blocks target-equals-source: revision 1-31'], 'nothing would change'],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.34.0' })] } },
      ['blocks version-skew: revision 1-32'],
      'three minors ahead, whatever its name says',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.30.9' })] } },
      ['blocks version-skew: revision 1-32'],
      'a minor behind',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: 'latest' })] } },
      ['notice version-unknown: revision 1-32'],
      'no number to compare',
    ],
    // The source
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { deployments: down }), aControlPlane('1-32')] } },
      ['blocks source-unavailable: revision 1-31'],
      'a rollback needs it alive',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { deployments: [] }), aControlPlane('1-32')] } },
      ['blocks source-unavailable: revision 1-31'],
      'no Deployment at all',
    ],
    [
      {
        snapshot: {
          controlPlanes: [
            aControlPlane('1-31', { deployments: [], clientConfig: { url: 'https://istiod.example/inject' } }),
            aControlPlane('1-32'),
          ],
          tags: [aTag('default', '1-31', { clientConfig: { url: 'https://istiod.example/inject' } })],
        },
      },
      [],
      'an istiod outside the cluster has no Deployment here',
    ],
    // The tag
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
    // Owners
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { owner: sail }), aControlPlane('1-32')] } },
      ['blocks sail-owned: revision 1-31'],
      'the operator would undo it',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-31', { owner: sail })] } },
      ['blocks sail-owned: tag default'],
      'the operator moves its tags itself',
    ],
    [
      {
        snapshot: {
          tags: [
            aTag('default', '1-31', { owner: { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } }),
          ],
        },
      },
      ['blocks helm-owned-tag: tag default'],
      'the next helm upgrade would move it back',
    ],
    [
      {
        snapshot: {
          controlPlanes: [
            aControlPlane('1-31', { owner: { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } }),
            aControlPlane('1-32'),
          ],
        },
      },
      [],
      'a source that Helm owns is removed with helm',
    ],
    // Namespaces
    [
      { snapshot: { namespaces: [aNamespace('shop', { ...enabled, ...labels('1-32') })] } },
      ['overridable both-injection-labels: namespace shop'],
      'istio-injection wins without a word',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('shop', { ...enabled, ...labels('1-32') })] },
        frozen: { excludeNamespaces: [{ kind: 'glob', pattern: 's*' }] },
      },
      [],
      'not in scope',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('jobs', {})], workloads: [aWorkload({ namespace: 'jobs' })] },
      },
      ['notice moves-in-phase-3: namespace jobs'],
      'it can’t be pinned',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('jobs', {})], workloads: [aWorkload({ namespace: 'jobs' })] },
        frozen: { strategy: 'relabel' },
      },
      [],
      'the tag moves last',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: labels('1-31') })],
        },
      },
      [],
      'its template names the revision: the tag’s move changes nothing',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('edge', {})],
          workloads: [aWorkload({ namespace: 'edge', gateway: 'injected' })],
        },
      },
      [],
      'gateways have a phase of their own',
    ],
    [
      { snapshot: { namespaces: [aNamespace('runners')] }, runnerNamespace: 'runners' },
      ['blocks runner-namespace: namespace runners'],
      'the batch would restart the run itself',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('runners')] },
        runnerNamespace: 'runners',
        frozen: { excludeNamespaces: [{ kind: 'glob', pattern: 'runners' }] },
      },
      [],
      'it is excluded',
    ],
    [{ snapshot: { namespaces: [aNamespace('runners', {})] }, runnerNamespace: 'runners' }, [], 'nothing moves there'],
    // Gateways
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: labels('1-31') })],
        },
      },
      ['blocks gateway-fixed-image: Deployment edge/api'],
      'no restart upgrades it',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: labels('1-31') })],
        },
        frozen: { gateways: { kind: 'none' } },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'left out: no gateways at all',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: labels('1-31') })],
        },
        frozen: { gateways: { kind: 'listed', gateways: [{ namespace: 'edge', name: 'other' }] } },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'left out: not among those listed',
    ],
    [
      {
        snapshot: {
          workloads: [
            anUninjectedWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: labels('1-30') }),
          ],
        },
      },
      [],
      'another revision’s gateway is none of this upgrade’s',
    ],
    // Config objects
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: '1-31' }] } },
      ['overridable pinned-config: ValidatingWebhookConfiguration x'],
      'it vanishes for moved proxies',
    ],
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: '1-32' }] } },
      [],
      'it is meant for the target',
    ],
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: 'default' }] } },
      ['notice config-pinned-to-tag: ValidatingWebhookConfiguration x'],
      'tags are not resolved here',
    ],
    // Workloads
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: labels('1-31'), selectorLabels: labels('1-31') })],
        },
      },
      ['blocks revision-in-selector: Deployment jobs/api'],
      'the label that has to change can’t',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('shop')],
          workloads: [aWorkload({ namespace: 'shop', templateLabels: labels('1-31'), selectorLabels: labels('1-31') })],
        },
      },
      [],
      'the namespace decides: the template keeps its label',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [
            aWorkload({ namespace: 'jobs', templateLabels: labels('default'), selectorLabels: labels('default') }),
          ],
        },
        frozen: { strategy: 'relabel' },
      },
      ['blocks revision-in-selector: Deployment jobs/api'],
      'under relabel a template that follows the tag changes too',
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
  ];
  const titled = rows.map(
    ([scene, expected, why]) => [why, expected.join(', ') || 'nothing', scene, expected] as const,
  );
  it.each(titled)('%s: %s', (_why, _what, scene, expected) => {
    expect(told(scene)).toEqual(expected);
  });

  it('name the remedy for an istiod without a revision and without a default tag', () => {
    const [finding] = findingsOf({
      source: 'default',
      snapshot: { tags: [], controlPlanes: [aControlPlane('default'), aControlPlane('1-32')] },
    });
    expect(finding?.remedy).toContain('istioctl tag set default --revision default');
  });

  it('name no more than five loose pods, and count the rest', () => {
    const pods = Array.from({ length: 8 }, (_, index) => aLoosePod('Job', { name: `import-${index}` }));
    expect(findingsOf({ snapshot: { pods } })[0]?.message).toContain('8 pods');
    expect(findingsOf({ snapshot: { pods } })[0]?.message).toContain('import-4 and 3 more');
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
