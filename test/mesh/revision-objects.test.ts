// Is exactly one revision's control plane told from everything that looks like it?
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { goesWithRevision, isOfRevision, leasesOf } from '../../src/mesh/revision-objects.ts';

const NS = 'istio-system';
const object = (name: string, labels?: Record<string, string>, namespace?: string): KubeObject => ({
  metadata: { name, ...(labels === undefined ? {} : { labels }), ...(namespace === undefined ? {} : { namespace }) },
});
const rev = (revision: string): Record<string, string> => ({ 'istio.io/rev': revision });

describe('an object of a control plane', () => {
  const rows = [
    ['1-31', 'Deployment', object('istiod-1-31', rev('1-31'), NS), true, 'as the chart makes it'],
    ['1-31', 'Deployment', object('istiod-1-31', undefined, NS), false, 'a Deployment always carries the label'],
    ['1-31', 'Deployment', object('istio-ingressgateway', rev('1-31'), NS), false, 'a gateway carries it too'],
    ['1-31', 'Deployment', object('istiod-1-31', rev('1-31'), 'mesh'), false, 'another mesh'],
    ['1-31', 'ServiceAccount', object('istiod-1-31', undefined, NS), true, 'helm labels no ServiceAccount'],
    ['1-31', 'ServiceAccount', object('istiod-1-31', rev('1-31'), NS), true, 'istioctl does'],
    ['1-31', 'ServiceAccount', object('istio-reader-service-account', rev('1-31'), NS), false, 'base, labelled by istioctl'],
    ['1-31', 'ClusterRole', object('istiod-clusterrole-1-31-istio-system'), true, 'named for revision and namespace'],
    ['1-31', 'ClusterRole', object('istiod-clusterrole-1-31-1-istio-system'), false, 'a longer revision'],
    ['31', 'ClusterRole', object('istiod-clusterrole-1-31-istio-system'), false, 'a revision that only ends alike'],
    ['1-31', 'MutatingWebhookConfiguration', object('istio-sidecar-injector-1-31', rev('1-31')), true, 'the injector'],
    ['1-31', 'MutatingWebhookConfiguration', object('istio-revision-tag-default', { ...rev('1-31'), 'istio.io/tag': 'default' }), false, 'a tag'],
    ['1-31', 'Service', object('istiod-1-31', { ...rev('1-31'), 'istio.io/tag': 'x' }, NS), false, 'whatever it is called'],
    ['1-31', 'ConfigMap', object('istio-1-31-gatewayclass-istio', rev('1-31'), NS), true, 'defaults of a gateway class'],
    ['1-31', 'ConfigMap', object('istio-ca-root-cert', undefined, NS), false, 'the root CA is everybody’s'],
    ['1-31', 'Secret', object('istio-ca-secret', rev('1-31'), NS), false, 'no Secret ever is'],
    ['default', 'Deployment', object('istiod', rev('default'), NS), true, 'without a revision there is no suffix'],
    ['default', 'ServiceAccount', object('istiod', undefined, NS), true, 'nor here'],
    ['default', 'ConfigMap', object('istio', rev('default'), NS), true, 'nor here'],
    ['default', 'ServiceAccount', object('istiod-1-32', undefined, NS), false, 'a suffix is another revision'],
    ['default', 'ClusterRole', object('istiod-clusterrole-1-32-istio-system'), false, 'here too'],
  ] as const; // prettier-ignore
  for (const [revision, kind, given, expected, reason] of rows) {
    it(`${kind} ${given.metadata.name} ${expected ? 'is' : 'is not'} of ${revision}: ${reason}`, () => {
      expect(isOfRevision(given, kind, asRevision(revision), NS)).toBe(expected);
    });
  }

  it.each([
    ['1-31', ['Service', 'istiod-1-31'], true, "the EndpointSlice of its istiod's Service"],
    ['1-31', ['Service', 'ingress'], false, "a gateway's, whose Service is labelled with the revision"],
    ['1-31', ['Service', 'istiod-1-31-1'], false, "a longer revision's"],
    ['default', ['Service', 'istiod'], true, 'without a revision there is no suffix'],
    ['default', ['Gateway', 'istiod'], false, 'what istiod deploys for a Gateway'],
    ['1-31', undefined, false, 'nobody owns it'],
  ] as const)('of %s, owned by %s, goes with it: %s (%s)', (revision, owner, goes, _why) => {
    const [kind, name] = owner ?? [];
    const owners = kind === undefined ? [] : [{ apiVersion: 'v1', kind, name, uid: 'u' }];
    const { metadata } = object('owned', rev(revision), NS);
    expect(goesWithRevision({ metadata: { ...metadata, ownerReferences: owners } }, asRevision(revision), NS)).toBe(
      goes,
    );
  });

  it('leases are named whole, so that a shared one is never taken for a revision’s', () => {
    expect(leasesOf(asRevision('leader'))).not.toContain('istio-gateway-status-leader');
    expect(leasesOf(asRevision('1-31'))).toContain('istio-gateway-deployment-1-31');
  });
});
