// Who keeps the source in use though everything has moved that the plan moves? `complete` is refused for each of them.
import { describe, expect, it } from 'vitest';
import type { FrozenConfig } from '../../src/config/config.ts';
import { MUTATING, SERVICE, VALIDATING } from '../../src/mesh/kinds.ts';
import { asTag } from '../../src/mesh/names.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import { usersLeft } from '../../src/plan/users-left.ts';
import { frozenConfig } from '../builders/config.ts';
import {
  aCronJob,
  aGatewayDeployment,
  aLoosePod,
  aMeshOf,
  anApiGateway,
  aNamespace,
  aPod,
  aTag,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

type Strategy = FrozenConfig['strategy'];
const rev = (value: string) => ({ 'istio.io/rev': value });
const legacy = { excludeNamespaces: [{ kind: 'glob', pattern: 'legacy' }] } as const;
const others = (over: Partial<MeshSnapshot>): MeshSnapshot => {
  const mesh = aMeshOf(['payments']);
  return {
    ...mesh,
    namespaces: [...mesh.namespaces, ...(over.namespaces ?? [])],
    workloads: [...mesh.workloads, ...(over.workloads ?? [])],
    cronJobs: over.cronJobs ?? [],
    pods: [...mesh.pods, ...(over.pods ?? [])],
    apiGateways: over.apiGateways ?? [],
    pinnedConfig: over.pinnedConfig ?? [],
    webhookTargets: over.webhookTargets ?? [],
    tags: over.tags ?? mesh.tags,
  };
};

function left(snapshot: MeshSnapshot, over: Partial<FrozenConfig> = {}): readonly string[] {
  const frozen = frozenConfig({ batches: [{ kind: 'rest' }], ...over });
  const made = createPlan({ snapshot, frozen, source: SOURCE, target: TARGET });
  if (made.kind === 'problems') throw new Error(made.problems.map(({ message }) => message).join('; '));
  return usersLeft(snapshot, made.value);
}

const ofApp = (namespace: string, name = 'api') => ({ kind: 'Deployment', namespace, name }) as const;
const webhook = (name: string, kind: typeof MUTATING): MeshSnapshot['webhookTargets'][number] => ({
  configuration: { kind, name },
  namespace: 'istio-system',
  service: 'istiod-1-31',
  exists: true,
});

/** A gateway of each kind, pinned to the source. */
const EDGE = {
  namespaces: [aNamespace('edge', {})],
  workloads: [
    aWorkload({ namespace: 'edge', name: 'ingress', gateway: 'injected', templateLabels: rev(SOURCE) }),
    aGatewayDeployment({ namespace: 'edge' }),
  ],
  apiGateways: [anApiGateway({ namespace: 'edge', revLabel: SOURCE })],
  pods: [aPod({ of: ofApp('edge', 'ingress') }), aPod({ of: ofApp('edge', 'web-istio') })],
};

describe.each<Strategy>(['tag', 'relabel'])('under %s', (strategy) => {
  const nobody: readonly (readonly [string, MeshSnapshot])[] = [
    ['namespaces that follow the tag', aMeshOf(['payments', 'web'])],
    [
      'a namespace that names the source',
      others({
        namespaces: [aNamespace('shop', rev(SOURCE))],
        workloads: [aWorkload({ namespace: 'shop' })],
        pods: [aPod({ of: ofApp('shop') })],
      }),
    ],
    [
      'pod templates of a namespace without labels',
      others({
        namespaces: [aNamespace('plain', {})],
        workloads: [
          aWorkload({ namespace: 'plain', templateLabels: rev(SOURCE) }),
          aWorkload({ namespace: 'plain', name: 'tagged', templateLabels: rev('default') }),
        ],
        pods: [aPod({ of: ofApp('plain') }), aPod({ of: ofApp('plain', 'tagged') })],
      }),
    ],
    [
      'CronJobs whose namespace or tag moves',
      others({
        namespaces: [aNamespace('plain', {})],
        cronJobs: [
          aCronJob(),
          aCronJob({ ref: { kind: 'CronJob', namespace: 'plain', name: 'nightly' }, templateLabels: rev('default') }),
        ],
      }),
    ],
    ['gateways of both kinds', others(EDGE)],
    [
      'the webhooks of the tag itself, and the default validator',
      others({
        webhookTargets: [
          webhook('istio-revision-tag-default', MUTATING),
          webhook('istiod-default-validator', VALIDATING),
        ],
      }),
    ],
    ['a pod that no restart moves: that is another finding', others({ pods: [aLoosePod('Job'), aLoosePod('none')] })],
  ];
  it.each(nobody)('nobody is left by %s', (_, snapshot) => {
    expect(left(snapshot, { strategy })).toEqual([]);
  });

  const somebody: readonly (readonly [string, MeshSnapshot, readonly string[]])[] = [
    [
      'another tag, and who follows it',
      others({ tags: [aTag('default', SOURCE), aTag('prod', SOURCE)], namespaces: [aNamespace('shop', rev('prod'))] }),
      [
        'tag prod points to 1-31 (Service istio-system/istiod-1-31)',
        'namespace shop is labelled istio.io/rev=prod: tag prod, which points to 1-31',
      ],
    ],
    [
      'a pod label that its namespace outranks: nobody rewrites it',
      others({ workloads: [aWorkload({ name: 'web', templateLabels: rev(SOURCE) })] }),
      ['Deployment payments/web has the pod label istio.io/rev=1-31: revision 1-31'],
    ],
    [
      'a CronJob that names it: no batch moves that',
      others({
        namespaces: [aNamespace('plain', {})],
        cronJobs: [
          aCronJob({ ref: { kind: 'CronJob', namespace: 'plain', name: 'nightly' }, templateLabels: rev(SOURCE) }),
        ],
      }),
      [
        'CronJob plain/nightly has the pod label istio.io/rev=1-31: revision 1-31; no batch moves that: change it in its jobTemplate',
      ],
    ],
    [
      'config that only the source reads',
      others({ pinnedConfig: [{ ref: { kind: SERVICE, name: 'x', namespace: 'a' }, value: SOURCE }] }),
      ['Service a/x is labelled istio.io/rev=1-31, and nobody else reads it'],
    ],
    [
      'somebody else’s webhook',
      others({ webhookTargets: [webhook('theirs', VALIDATING)] }),
      ['ValidatingWebhookConfiguration theirs calls Service istio-system/istiod-1-31'],
    ],
  ];
  it.each(somebody)('the source is left in use by %s', (_, snapshot, users) => {
    expect(left(snapshot, { strategy })).toEqual(users);
  });

  it('a gateway that was not chosen stays with its pods, by either API', () => {
    const snapshot = others(EDGE);
    expect(left(snapshot, { strategy, gateways: { kind: 'none' } })).toEqual([
      'Deployment edge/ingress has the pod label istio.io/rev=1-31: revision 1-31',
      'Gateway edge/web is labelled istio.io/rev=1-31: revision 1-31',
      expect.stringContaining('Deployment edge/ingress: pod'),
      expect.stringContaining('Deployment edge/web-istio: pod'),
    ]);
  });
});

describe('what is excluded and follows the tag', () => {
  const running = 'Deployment legacy/api: pod api-6d5f7c9b4-x7k2p runs the proxy of 1-31';
  it.each<readonly [string, Partial<FrozenConfig>, readonly string[]]>([
    ['is pinned', { strategy: 'tag' }, ['namespace legacy is labelled istio.io/rev=1-31: revision 1-31', running]],
    ['follows the tag, but for the pods that it has', { strategy: 'tag', pinWaiting: false }, [running]],
    ['follows the tag that moves last', { strategy: 'relabel' }, [running]],
  ])('%s', (_, over, users) => {
    expect(left(aMeshOf(['payments', 'legacy']), { ...legacy, ...over })).toEqual(users);
  });
});

it('the tag default is left on the source where another one moves', () => {
  const snapshot = others({
    tags: [aTag('default', SOURCE), aTag('prod', SOURCE)],
    namespaces: [aNamespace('shop', rev('prod'))],
    webhookTargets: [webhook('istiod-default-validator', VALIDATING)],
  });
  expect(left(snapshot, { tag: asTag('prod') })).toEqual([
    'tag default points to 1-31 (Service istio-system/istiod-1-31)',
    'namespace payments is labelled istio-injection=enabled and so follows tag default, which points to 1-31',
    'Deployment payments/api: pod api-6d5f7c9b4-x7k2p runs the proxy of 1-31',
    'ValidatingWebhookConfiguration istiod-default-validator calls Service istio-system/istiod-1-31',
  ]);
});
