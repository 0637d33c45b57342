// Is a container's environment what its spec asks for?
import { expect, it } from 'vitest';
import { containerEnvironment } from './environment.ts';
import { app, pod } from './fixtures.ts';

it('resolves plain values, fields of the pod and earlier variables, and leaves out resource limits', () => {
  const env = [
    { name: 'REVISION', value: '1-31' },
    { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'REV_LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['istio.io/rev']" } } },
    { name: 'SERVICE_ACCOUNT', valueFrom: { fieldRef: { fieldPath: 'spec.serviceAccountName' } } },
    { name: 'SELF', value: '$(POD_NAME).$(REVISION) $(UNKNOWN)' },
    { name: 'GOMEMLIMIT', valueFrom: {} },
  ];
  expect(containerEnvironment(pod({ labels: { 'istio.io/rev': '1-31' } }), { ...app, env }, '10.244.1.0')).toEqual({
    REVISION: '1-31',
    POD_NAME: 'web-1',
    REV_LABEL: '1-31',
    SERVICE_ACCOUNT: 'web',
    SELF: 'web-1.1-31 $(UNKNOWN)',
  });
});
