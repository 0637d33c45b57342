import { expect, it } from 'vitest';
import { bare } from './bare.ts';

const metadata = { name: 'istiod-1-31', namespace: 'istio-system', labels: { app: 'istiod' } };

it('an object that was written again is the same, whatever else the API server noted', () => {
  const spec = { ports: [{ port: 15010 }], selector: { app: 'istiod' } };
  const first = { metadata: { ...metadata, uid: 'a', resourceVersion: '1', generation: 1 } };
  const second = { metadata: { ...metadata, uid: 'b', resourceVersion: '9', creationTimestamp: 'now' } };
  expect(bare({ ...first, spec: { ...spec, clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'] } })).toEqual(
    bare({ ...second, spec: { ...spec, clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8'] }, status: {} }),
  );
});

it("a controller's own marks are nobody's doing", () => {
  const annotations = { 'deployment.kubernetes.io/revision': '3', mine: 'stays' };
  expect(bare({ metadata: { ...metadata, annotations }, secrets: [{ name: 'token' }] })).toEqual({
    metadata: { ...metadata, annotations: { mine: 'stays' } },
  });
});

it.each([
  ['labels', { metadata: { ...metadata, labels: { app: 'other' } } }],
  ['spec', { metadata, spec: { replicas: 2 } }],
  ['data', { metadata, data: { mesh: 'other' } }],
  ['rules', { metadata, rules: [{ verbs: ['get'] }] }],
  ['subjects', { metadata, subjects: [{ name: 'somebody' }] }],
])('other %s are another object', (_what, changed) => {
  const meant = { metadata, spec: { replicas: 1 }, data: { mesh: '' }, rules: [], subjects: [] };
  expect(bare({ ...meant, ...changed })).not.toEqual(bare(meant));
});

const policy = (kind: string, failurePolicy: string) => bare({ kind, metadata, webhooks: [{ failurePolicy }] });

it('istiod flips the policy of a validating webhook, and nobody that of an injector', () => {
  const [validating, injector] = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'];
  expect(policy(validating, 'Ignore')).toEqual(policy(validating, 'Fail'));
  expect(policy(injector, 'Ignore')).not.toEqual(policy(injector, 'Fail'));
});
