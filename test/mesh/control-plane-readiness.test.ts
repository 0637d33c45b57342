// When may a control plane be called ready? Each row takes one thing away from one that is.
import { describe, expect, it } from 'vitest';
import { clientOf, missingFrom, type ControlPlaneObjects } from '../../src/mesh/control-plane-readiness.ts';
import type { WebhookConfigurationObject, WorkloadObject } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';

const service = { namespace: 'istio-system', name: 'istiod-1-32', path: '/inject' };
const injector = (...clients: object[]): WebhookConfigurationObject => ({
  metadata: { name: 'istio-sidecar-injector-1-32' },
  webhooks: clients.map((clientConfig, index) => ({ name: `${index}.sidecar-injector.istio.io`, clientConfig })),
});
const deployment = (status: WorkloadObject['status']): WorkloadObject => ({
  metadata: { name: 'istiod-1-32', namespace: 'istio-system', generation: 1 },
  spec: { replicas: 1, template: { spec: { containers: [] } } },
  ...(status === undefined ? {} : { status }),
});
const rolledOut = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
const available = { type: 'Available', status: 'True' };
const ready: ControlPlaneObjects = {
  revision: asRevision('1-32'),
  injectors: [injector({ caBundle: 'x', service }, { caBundle: 'x', service })],
  deployments: [deployment({ ...rolledOut, conditions: [available] })],
  slices: [{ metadata: { name: 's' }, endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }] }],
};
const url = 'https://127.0.0.1:15017/inject';

describe('a control plane', () => {
  it('is ready with an available Deployment, a ready endpoint and a caBundle on every webhook', () => {
    expect(missingFrom(ready)).toEqual({ missing: [], hopeless: false });
  });

  it('needs neither Deployment nor endpoints where it is called by URL: the injected pod proves it', () => {
    const outside = { ...ready, injectors: [injector({ caBundle: 'x', url })], deployments: [], slices: [] };
    expect(missingFrom(outside).missing).toEqual([]);
  });

  const rows = [
    ['no injector: nothing was installed', { injectors: [] }, 'no MutatingWebhookConfiguration'],
    ['two injectors: pods would meet both', { injectors: [...ready.injectors, ...ready.injectors] }, 'more than one'],
    ['one webhook without caBundle: istiod has not got to it', { injectors: [injector({ caBundle: 'x', service }, { service })] }, 'no caBundle yet on 1.sidecar-injector.istio.io'],
    ['webhooks that call two istiods', { injectors: [injector({ caBundle: 'x', service }, { caBundle: 'x', url })] }, 'do not all call the same'],
    ['no Deployment', { deployments: [] }, 'no Deployment'],
    ['a Deployment that is rolling', { deployments: [deployment({ ...rolledOut, availableReplicas: 0 })] }, '0 of 1 new pods are available'],
    ['one that is not Available for long enough', { deployments: [deployment(rolledOut)] }, 'not Available'],
    ['one whose new spec nobody has seen', { deployments: [deployment(undefined)] }, 'waiting for the new spec'],
    ['no endpoint', { slices: [] }, 'has no ready endpoint'],
    ['an endpoint that is not ready', { slices: [{ metadata: { name: 's' }, endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: false } }] }] }, 'has no ready endpoint'],
  ] as const; // prettier-ignore
  for (const [reason, change, part] of rows) {
    it(`is not ready with ${reason}`, () => {
      expect(missingFrom({ ...ready, ...change }).missing.join()).toContain(part);
    });
  }

  it('is not waited for when Kubernetes has given up on it', () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    expect(missingFrom({ ...ready, deployments: [deployment({ ...rolledOut, conditions })] }).hopeless).toBe(true);
  });

  it('calls nothing in particular while its webhooks disagree', () => {
    expect(clientOf(injector({ service }, { url }))).toBeUndefined();
  });
});
