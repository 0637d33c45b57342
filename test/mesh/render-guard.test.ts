// Is everything refused that is not plainly the target's own control plane?
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { partOf, verifyRender } from '../../src/mesh/render-guard.ts';

const R = asRevision('1-32-0');
const NS = 'istio-system';
const CLUSTER = new Set(['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']); // prettier-ignore
const API: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  DaemonSet: 'apps/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  PodDisruptionBudget: 'policy/v1',
  NetworkPolicy: 'networking.k8s.io/v1',
  Role: 'rbac.authorization.k8s.io/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  MutatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
  ValidatingWebhookConfiguration: 'admissionregistration.k8s.io/v1',
  ValidatingAdmissionPolicy: 'admissionregistration.k8s.io/v1',
  ValidatingAdmissionPolicyBinding: 'admissionregistration.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  PodMonitor: 'monitoring.coreos.com/v1',
};
function object(kind: string, name: string, labels: Record<string, string> = {}, more: object = {}): AnyObject {
  const namespace = CLUSTER.has(kind) ? {} : { namespace: NS };
  return { apiVersion: API[kind] ?? 'v1', kind, metadata: { name, labels, ...namespace }, ...more };
}
const rev = (revision: string, component = 'Pilot'): Record<string, string> => ({
  'istio.io/rev': revision,
  'operator.istio.io/component': component,
});

/**
 * What `istioctl manifest generate` and `helm template` of the istiod chart render for a revision (istio/istio 1.31
 * manifests/charts/istio-control/istio-discovery/templates).
 */
const chart = [
  object('ServiceAccount', 'istiod-1-32-0'),
  object('Role', 'istiod-1-32-0'),
  object('RoleBinding', 'istiod-1-32-0'),
  object('ClusterRole', 'istiod-clusterrole-1-32-0-istio-system'),
  object('ClusterRole', 'istiod-gateway-controller-1-32-0-istio-system'),
  object('ClusterRole', 'istio-reader-clusterrole-1-32-0-istio-system'),
  object('ClusterRoleBinding', 'istiod-clusterrole-1-32-0-istio-system'),
  object('ValidatingWebhookConfiguration', 'istio-validator-1-32-0-istio-system', { 'istio.io/rev': '1-32-0' }),
  object('ValidatingAdmissionPolicy', 'stable-channel-policy-1-32-0-istio-system.istio.io'),
  object('ValidatingAdmissionPolicyBinding', 'stable-channel-policy-binding-1-32-0-istio-system.istio.io'),
  object('MutatingWebhookConfiguration', 'istio-sidecar-injector-1-32-0', rev('1-32-0')),
  object('ConfigMap', 'istio-1-32-0', rev('1-32-0')),
  object('ConfigMap', 'istio-sidecar-injector-1-32-0', rev('1-32-0')),
  object('ConfigMap', 'values-1-32-0', rev('1-32-0')),
  object('ConfigMap', 'istio-1-32-0-gatewayclass-istio', rev('1-32-0')),
  object('Deployment', 'istiod-1-32-0', rev('1-32-0')),
  object('HorizontalPodAutoscaler', 'istiod-1-32-0', rev('1-32-0')),
  object('PodDisruptionBudget', 'istiod-1-32-0', rev('1-32-0')),
  object('NetworkPolicy', 'istiod-1-32-0', rev('1-32-0')),
  object('Service', 'istiod-1-32-0', rev('1-32-0')),
];

describe('what may be installed', () => {
  it('is the istiod chart of the target revision', () => {
    expect(verifyRender(chart, R, NS)).toEqual([]);
  });

  it('must hold an injector, or nothing would ever be moved', () => {
    const without = chart.filter(({ kind }) => kind !== 'MutatingWebhookConfiguration');
    expect(verifyRender(without, R, NS).map(({ id }) => id)).toEqual(['install-renders-no-injector']);
  });

  it('is refused once for each part, naming every object', () => {
    const crds = ['a.networking.istio.io', 'b.security.istio.io'].map((name) =>
      object('CustomResourceDefinition', name),
    );
    const findings = verifyRender([...chart, ...crds], R, NS);
    expect(findings).toMatchObject([{ id: 'install-touches-crds', severity: 'blocks' }]);
    expect(findings[0]?.message).toContain('CustomResourceDefinition a.networking.istio.io, ');
  });
});

const pod = (annotations: Record<string, string>, container: string): object => ({
  spec: { template: { metadata: { annotations }, spec: { containers: [{ name: container }] } } },
});

describe('what is refused', () => {
  const rows = [
    ['a base chart object is shared', object('ServiceAccount', 'istio-reader-service-account'), 'base'],
    ['istioctl labels the base component', object('ConfigMap', 'x', rev('1-32-0', 'Base')), 'base'],
    ['the default validator guards all', object('ValidatingWebhookConfiguration', 'istiod-default-validator', { 'istio.io/rev': '1-32-0', 'istio.io/tag': 'default' }), 'default-validator'],
    ['a tag would move too early', object('MutatingWebhookConfiguration', 'istio-revision-tag-prod', { ...rev('1-32-0'), 'istio.io/tag': 'prod' }), 'tag'],
    ['the tag Service too', object('Service', 'istiod-revision-tag-prod', { ...rev('1-32-0'), 'istio.io/tag': 'prod' }), 'tag'],
    ['the default profile renders a gateway', object('Deployment', 'istio-ingressgateway', rev('1-32-0', 'IngressGateways')), 'gateway'],
    ['and what belongs to it', object('Service', 'istio-ingressgateway', rev('1-32-0', 'IngressGateways')), 'gateway'],
    ['a gateway chart has no component label', object('Deployment', 'gw', { 'istio.io/rev': '1-32-0' }, pod({ 'inject.istio.io/templates': 'gateway' }, 'x')), 'gateway'],
    ['nor has a hand-written one', object('Deployment', 'gw', {}, pod({}, 'istio-proxy')), 'gateway'],
    ['the CNI plugin is a singleton', object('DaemonSet', 'istio-cni-node', rev('1-32-0', 'Cni')), 'cni'],
    ['ztunnel is one as well', object('DaemonSet', 'ztunnel', rev('1-32-0', 'Ztunnel')), 'ztunnel'],
    ['another revision keeps what it has', object('Deployment', 'istiod-1-31-0', rev('1-31-0')), 'other-revision'],
    ['an un-revisioned render is somebody else', object('ServiceAccount', 'istiod'), 'other-revision'],
    ['a name that merely begins alike is not ours', object('ClusterRole', 'istiod-clusterrole-1-32-0-istio-system-2'), 'foreign'],
    ['the injector has one name only', object('MutatingWebhookConfiguration', 'my-injector', rev('1-32-0')), 'foreign'],
    ['kinds that no control plane has', object('PodMonitor', 'istiod-1-32-0', rev('1-32-0')), 'foreign'],
    ['a label does not make a workload istiod', object('Deployment', 'kiali', { 'istio.io/rev': '1-32-0' }), 'foreign'],
    ['another namespace is not ours', { ...object('ConfigMap', 'istio-1-32-0', rev('1-32-0')), metadata: { name: 'istio-1-32-0', namespace: 'mesh', labels: rev('1-32-0') } }, 'other-namespace'],
  ] as const; // prettier-ignore
  for (const [reason, given, part] of rows) {
    it(`${given.kind ?? ''} ${given.metadata.name} is ${part}: ${reason}`, () => {
      expect(partOf(given, R, NS)).toBe(part);
      expect(verifyRender([...chart, given], R, NS)).toMatchObject([{ id: `install-touches-${part}` }]);
    });
  }

  it('names differ outside istio-system, and without a revision', () => {
    const mesh = { metadata: { name: 'istio-sidecar-injector-1-32-0-mesh', labels: rev('1-32-0') } };
    expect(partOf({ ...object('MutatingWebhookConfiguration', ''), ...mesh }, R, 'mesh')).toBe('target');
    expect(partOf(object('ConfigMap', 'istio', rev('default')), asRevision('default'), NS)).toBe('target');
  });
});
