import { describe, expect, it } from 'vitest';
import { MUTATING, VALIDATING } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { connectedProxies } from '../../src/mesh/connected-proxies.ts';
import { sourceUsers } from '../../src/mesh/source-users.ts';
import type { MeshSnapshot } from '../../src/mesh/snapshot.ts';
import {
  aControlPlane,
  aCronJob,
  aLoosePod,
  anApiGateway,
  aNamespace,
  anUninjectedWorkload,
  aPod,
  aSnapshot,
  aTag,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';

const labels = (value: string) => ({ 'istio.io/rev': value });
/** Everything is on the target, but for what `over` says. */
const users = (over: Partial<MeshSnapshot>, revision: string = SOURCE): readonly string[] =>
  sourceUsers(aSnapshot({ tags: [aTag('default', '1-32')], ...over }), asRevision(revision)).map(
    ({ sentence }) => sentence,
  );
const target = (configuration: string, service: string, ownedBy?: string): MeshSnapshot['webhookTargets'][number] => ({
  configuration: { kind: VALIDATING, name: configuration },
  namespace: 'istio-system',
  service,
  exists: true,
  ...(ownedBy === undefined ? {} : { ownedBy: asRevision(ownedBy) }),
});

describe('sourceUsers', () => {
  const rows: readonly (readonly [Partial<MeshSnapshot>, readonly string[], string])[] = [
    [{}, [], 'nobody: it may go'],
    [
      { tags: [aTag('default', '1-32'), aTag('prod', '1-31')] },
      ['tag prod points to 1-31 (Service istio-system/istiod-1-31)'],
      'a tag points to it',
    ],
    [
      { pods: [aPod()] },
      ['Deployment payments/api: pod api-6d5f7c9b4-x7k2p runs the proxy of 1-31'],
      'a pod runs its proxy',
    ],
    [
      { pods: [aPod({ name: 'a' }), aPod({ name: 'b' })] },
      ['Deployment payments/api: 2 pods run the proxy of 1-31'],
      'pods are counted by workload',
    ],
    [
      { pods: [aLoosePod('Job', { name: 'import' }), aLoosePod('none', { name: 'debug' })] },
      [
        'pods of kind Job in namespace payments: pod import runs the proxy of 1-31',
        'Pod payments/debug: pod debug runs the proxy of 1-31',
      ],
      'and those without one by owner',
    ],
    [{ pods: [aPod({ finished: true })] }, [], 'a finished pod needs nobody'],
    [
      { namespaces: [aNamespace('shop', labels('1-31'))] },
      ['namespace shop is labelled istio.io/rev=1-31: revision 1-31'],
      'a namespace names it',
    ],
    [
      { namespaces: [aNamespace('shop', labels('1-31'), { terminating: true })] },
      [],
      'a dying namespace makes no pods',
    ],
    [
      { namespaces: [aNamespace('shop', { 'istio-injection': 'enabled', ...labels('1-31') })] },
      ['namespace shop is labelled istio.io/rev=1-31: revision 1-31'],
      'a label that is shadowed names it all the same',
    ],
    [
      { workloads: [anUninjectedWorkload({ templateLabels: labels('1-31') })] },
      ['Deployment payments/api has the pod label istio.io/rev=1-31: revision 1-31'],
      'a pod template names it',
    ],
    [
      { cronJobs: [aCronJob({ templateLabels: labels('1-31') })] },
      [
        'CronJob payments/nightly has the pod label istio.io/rev=1-31: revision 1-31; no batch moves that: change it in its jobTemplate',
      ],
      'the next run of a CronJob would ask for it',
    ],
    [
      {
        tags: [aTag('default', '1-32'), aTag('prod', '1-31')],
        cronJobs: [aCronJob({ templateLabels: labels('prod') })],
      },
      [
        'tag prod points to 1-31 (Service istio-system/istiod-1-31)',
        'CronJob payments/nightly has the pod label istio.io/rev=prod: tag prod, which points to 1-31; no batch moves that: change it in its jobTemplate',
      ],
      'also by a tag',
    ],
    [
      { cronJobs: [aCronJob({ templateLabels: labels('1-32'), requested: TARGET })] },
      [],
      'a CronJob that asks for another revision',
    ],
    [
      {
        namespaces: [aNamespace('payments', labels('1-31'))],
        cronJobs: [aCronJob()],
        workloads: [aWorkload(), aWorkload({ name: 'web' })],
      },
      ['namespace payments is labelled istio.io/rev=1-31: revision 1-31'],
      'what a namespace asks for is not repeated for its workloads',
    ],
    [
      {
        workloads: [
          anUninjectedWorkload({
            namespace: 'istio-system',
            name: 'istiod-1-31',
            templateLabels: { app: 'istiod', ...labels('1-31') },
          }),
        ],
      },
      [],
      'its own Deployment is no user',
    ],
    [
      { apiGateways: [anApiGateway({ revLabel: '1-31' })] },
      ['Gateway payments/web is labelled istio.io/rev=1-31: revision 1-31'],
      'a Gateway names it',
    ],
    [{ apiGateways: [anApiGateway()] }, ['Gateway payments/web is deployed by 1-31'], 'a Gateway is deployed by it'],
    [{ apiGateways: [anApiGateway({ managed: false })] }, [], 'nobody deploys that one'],
    [
      { pinnedConfig: [{ ref: { kind: MUTATING, name: 'x' }, value: '1-31' }] },
      ['MutatingWebhookConfiguration x is labelled istio.io/rev=1-31, and nobody else reads it'],
      'a config object would be read by nobody',
    ],
    [
      { webhookTargets: [target('istiod-default-validator', 'istiod-1-31')] },
      ['ValidatingWebhookConfiguration istiod-default-validator calls Service istio-system/istiod-1-31'],
      'writing any config object would fail without it',
    ],
    [
      {
        webhookTargets: [
          target('istio-validator-1-31-istio-system', 'istiod-1-31', '1-31'),
          target('x', 'istiod-1-32'),
        ],
      },
      [],
      'its own validator goes with it; others call others',
    ],
    [
      { controlPlanes: [aControlPlane('1-32')], webhookTargets: [target('istiod-default-validator', 'istiod-1-31')] },
      ['ValidatingWebhookConfiguration istiod-default-validator calls Service istio-system/istiod-1-31'],
      'a webhook is found even when half of the revision is gone',
    ],
  ];
  const titled = rows.map(([over, expected, why]) => [why, over, expected] as const);
  it.each(titled)('%s', (_why, over, expected) => {
    expect(users(over)).toEqual(expected);
  });

  it('finds those who follow a tag that points to it, in every way there is', () => {
    expect(
      users({
        tags: [aTag('default', '1-31')],
        namespaces: [aNamespace('shop'), aNamespace('blog', labels('default')), aNamespace('bare', {})],
        workloads: [
          aWorkload({ namespace: 'bare', name: 'named', templateLabels: labels('default') }),
          aWorkload({ namespace: 'bare', name: 'asking' }),
        ],
        apiGateways: [anApiGateway({ revLabel: 'default' })],
        webhookTargets: [target('istio-revision-tag-default', 'istiod-1-31')],
      }),
    ).toEqual([
      'tag default points to 1-31 (Service istio-system/istiod-1-31)',
      'namespace shop is labelled istio-injection=enabled and so follows tag default, which points to 1-31',
      'namespace blog is labelled istio.io/rev=default: tag default, which points to 1-31',
      'Deployment bare/named has the pod label istio.io/rev=default: tag default, which points to 1-31',
      'Deployment bare/asking asks for tag default, which points to 1-31',
      'Gateway payments/web is labelled istio.io/rev=default: tag default, which points to 1-31',
    ]);
  });

  describe('of an istiod without a revision', () => {
    const planes = [aControlPlane('default', { deactivated: true }), aControlPlane('1-32')];

    it('leaves its name to the tag once that has moved away', () => {
      const over = { controlPlanes: planes, namespaces: [aNamespace('shop', labels('default')), aNamespace('blog')] };
      expect(users(over, 'default')).toEqual([]);
    });

    it('still finds pods it injected and config only it reads', () => {
      const pinnedConfig = [{ ref: { kind: MUTATING, name: 'x' }, value: 'default' }];
      const pods = [aPod({ injected: asRevision('default') })];
      expect(users({ controlPlanes: planes, pods, pinnedConfig }, 'default')).toHaveLength(2);
    });
  });

  it('does not mistake the target’s users for the source’s', () => {
    const over = {
      namespaces: [aNamespace('shop'), aNamespace('blog', labels('1-32'))],
      workloads: [aWorkload({ namespace: 'bare', requested: TARGET })],
      pods: [aPod({ injected: TARGET })],
      apiGateways: [anApiGateway({ requested: TARGET })],
    };
    expect(users(over)).toEqual([]);
    expect(users(over, TARGET)).toHaveLength(6);
  });
});

describe('connectedProxies', () => {
  const info = 'pilot_info{version="1.31.0"} 1';
  it.each<readonly [string, number | undefined, string]>([
    [`${info}\npilot_xds{version="1.31.0"} 3\npilot_xds{version="1.30.2"} 2\n`, 5, 'proxies of every version count'],
    [`${info}\npilot_xds 4\n`, 4, 'without labels'],
    [`${info}\npilot_xds{version="1.31.0"} 1e+03\n`, 1000, 'as Go prints large numbers'],
    [`${info}\n`, 0, 'absent while nothing is connected'],
    [
      `${info}\npilot_xds_pushes{type="cds"} 7\n# HELP pilot_xds Number of endpoints\n`,
      0,
      'other series of that name do not count',
    ],
    [`istio_build{component="pilot"} 1\npilot_xds{version="x y"} 2`, 2, 'a space inside a label'],
    ['', undefined, 'an empty answer proves nothing'],
    ['<html>502 Bad Gateway</html>', undefined, 'nor does a proxy’s page'],
    [`${info}\npilot_xds{version="1.31.0"} NaN\n`, undefined, 'nor a number that is none'],
  ])('of %j is %s: %s', (text, count) => {
    expect(connectedProxies(text)).toBe(count);
  });
});
