import { describe, expect, it } from 'vitest';
import type { Kind, KubeObject } from '../../src/mesh/kinds.ts';
import { snapshotOf } from '../../src/mesh/snapshot-of.ts';
import {
  rawCronJob,
  rawDefaultValidator,
  rawGateway,
  rawInjector,
  rawMesh,
  rawNamespace,
  rawPod,
  rawTag,
  rawWorkload,
} from '../builders/raw.ts';

const virtualService: Kind<KubeObject> = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  plural: 'virtualservices',
  namespaced: true,
};
const namespaces = [
  ...rawMesh().namespaces,
  rawNamespace('payments', { 'istio-injection': 'enabled' }),
  rawNamespace('blog', { 'istio.io/rev': '1-32' }, { deletionTimestamp: '2026-10-01T12:00:00Z' }),
];

describe('snapshotOf', () => {
  it('puts a mesh together', () => {
    const snapshot = snapshotOf(
      rawMesh({
        namespaces,
        deployments: [...rawMesh().deployments, rawWorkload()],
        statefulSets: [rawWorkload({ kind: 'StatefulSet', name: 'db' })],
        daemonSets: [rawWorkload({ kind: 'DaemonSet', name: 'agent', namespace: 'blog' })],
        cronJobs: [rawCronJob({ app: 'nightly' }), rawCronJob({ 'istio.io/rev': '1-31' }, 'istio-system')],
        pods: [rawPod()],
        gateways: [rawGateway(), rawGateway({ name: 'foreign', className: 'nginx' })],
      }),
    );
    expect(snapshot.clusterUid).toBe('cluster-uid');
    expect(snapshot.controlPlanes.map(({ revision }) => revision)).toEqual(['1-31', '1-32']);
    expect(snapshot.tags.map(({ tag, revision }) => [tag, revision])).toEqual([['default', '1-31']]);
    expect(snapshot.namespaces.map(({ name, request, terminating }) => [name, request.kind, terminating])).toEqual([
      ['blog', 'rev-label', true],
      ['istio-system', 'unlabelled', false],
      ['kube-system', 'unlabelled', false],
      ['payments', 'follows-default', false],
    ]);
    expect(snapshot.workloads.map(({ ref, requested }) => [ref.kind, ref.name, requested])).toEqual([
      ['Deployment', 'istiod-1-31', undefined],
      ['Deployment', 'istiod-1-32', undefined],
      ['Deployment', 'api', '1-31'],
      ['StatefulSet', 'db', '1-31'],
      ['DaemonSet', 'agent', '1-32'],
    ]);
    expect(snapshot.cronJobs).toEqual([
      {
        ref: { kind: 'CronJob', namespace: 'istio-system', name: 'nightly' },
        templateLabels: { 'istio.io/rev': '1-31' },
        requested: '1-31',
      },
      {
        ref: { kind: 'CronJob', namespace: 'payments', name: 'nightly' },
        templateLabels: { app: 'nightly' },
        requested: '1-31',
      },
    ]);
    expect(snapshot.pods.map(({ name, injected }) => [name, injected])).toEqual([['api-6d5f7c9b4-x7k2p', '1-31']]);
    expect(snapshot.apiGateways.map(({ name, requested }) => [name, requested])).toEqual([['web', '1-31']]);
  });

  it('takes only the Istio namespace’s Deployments for istiods', () => {
    const impostor = {
      ...rawMesh().deployments[0],
      metadata: { ...rawMesh().deployments[0]?.metadata, name: 'istiod', namespace: 'x' },
    };
    const before = snapshotOf(rawMesh()).controlPlanes;
    const deployments = [...rawMesh().deployments, { ...rawWorkload(), ...impostor }];
    expect(snapshotOf(rawMesh({ deployments })).controlPlanes).toEqual(before);
  });

  it('is the same whatever order the lists come in', () => {
    const pods = [rawPod({ name: 'a' }), rawPod({ name: 'b', namespace: 'blog' }), rawPod({ name: 'c' })];
    const one = snapshotOf(rawMesh({ namespaces, pods }));
    expect(snapshotOf(rawMesh({ namespaces: namespaces.toReversed(), pods: pods.toReversed() }))).toEqual(one);
  });

  it('keeps the config objects that name a revision', () => {
    const objects = [{ metadata: { name: 'routes', namespace: 'payments', labels: { 'istio.io/rev': '1-31' } } }];
    expect(snapshotOf(rawMesh({ labelledConfig: [{ kind: virtualService, objects }] })).pinnedConfig).toEqual([
      { ref: { kind: virtualService, namespace: 'payments', name: 'routes' }, value: '1-31' },
    ]);
  });
});

const byUrl = (path: string) => ({ url: `https://127.0.0.1:15017${path}` });
const targets = (over: Parameters<typeof rawMesh>[0]) =>
  snapshotOf(rawMesh(over)).webhookTargets.map(({ configuration, service, exists, ownedBy }) => [
    configuration.name,
    service,
    exists,
    ownedBy,
  ]);

describe('the webhooks that call the Istio namespace', () => {
  it('are those of injectors, tags and validators, each with its Service and the revision it belongs to', () => {
    expect(targets({})).toEqual([
      ['istio-sidecar-injector-1-31', 'istiod-1-31', true, '1-31'],
      ['istio-sidecar-injector-1-32', 'istiod-1-32', true, '1-32'],
      ['istio-revision-tag-default', 'istiod-1-31', true, undefined],
      ['istio-validator-1-31-istio-system', 'istiod-1-31', true, '1-31'],
      ['istio-validator-1-32-istio-system', 'istiod-1-32', true, '1-32'],
      ['istiod-default-validator', 'istiod-1-31', true, undefined],
    ]);
  });

  it('show a Service that does not exist', () => {
    expect(targets({ mutating: [rawTag('default', 'gone')], validating: [] })).toEqual([
      ['istio-revision-tag-default', 'istiod-gone', false, undefined],
    ]);
  });

  it('do not take the base chart’s default validator for the revision’s own', () => {
    const { metadata, webhooks = [] } = rawDefaultValidator('1-31');
    const { 'istio.io/tag': _, ...labels } = metadata.labels ?? {};
    const validating = [{ metadata: { ...metadata, labels }, webhooks }];
    expect(targets({ mutating: [], validating })).toEqual([
      ['istiod-default-validator', 'istiod-1-31', true, undefined],
    ]);
  });

  it('leave out those that call other namespaces', () => {
    const clientConfig = { service: { namespace: 'cert-manager', name: 'webhook' } };
    const foreign = {
      metadata: { name: 'cert-manager' },
      webhooks: [{ name: 'webhook.cert-manager.io', clientConfig }],
    };
    expect(targets({ mutating: [], validating: [foreign] })).toEqual([]);
  });

  it('name every Service that a half-moved tag calls', () => {
    const webhooks = [rawTag('prod', '1-31').webhooks?.[0], rawTag('prod', '1-32').webhooks?.[1]];
    const tag = rawTag('prod', '1-32', { webhooks: webhooks.filter((webhook) => webhook !== undefined) });
    expect(targets({ mutating: [tag], validating: [] }).map(([, service]) => service)).toEqual([
      'istiod-1-31',
      'istiod-1-32',
    ]);
  });

  it('find the Service behind a URL that a control plane is called by', () => {
    const injector = rawInjector('1-31', {
      webhooks: [{ name: 'rev.namespace.sidecar-injector.istio.io', clientConfig: byUrl('/inject') }],
    });
    const validator = {
      metadata: { name: 'istiod-default-validator' },
      webhooks: [{ name: 'validation.istio.io', clientConfig: byUrl('/validate') }],
    };
    expect(targets({ mutating: [injector], validating: [validator] })).toEqual([
      ['istio-sidecar-injector-1-31', 'istiod-1-31', true, '1-31'],
      ['istiod-default-validator', 'istiod-1-31', true, undefined],
    ]);
  });
});
