import { describe, expect, it } from 'vitest';
import { controlPlanesOf } from '../../src/mesh/control-planes.ts';
import { rawDeactivatedInjector, rawInjector, rawIstiod, rawIstiodService, rawMesh, rawTag } from '../builders/raw.ts';

const read = (over: Parameters<typeof rawMesh>[0] = {}) => controlPlanesOf(rawMesh(over));

describe('controlPlanesOf', () => {
  it('joins injector, Service and Deployment of a revision, with its version', () => {
    expect(read()[0]).toEqual({
      revision: '1-31',
      version: '1.31.0',
      injector: 'istio-sidecar-injector-1-31',
      clientConfig: rawInjector('1-31').webhooks?.[0]?.clientConfig,
      caBundlePresent: true,
      deactivated: false,
      service: 'istiod-1-31',
      deployments: [{ name: 'istiod-1-31', replicas: 1, available: 1 }],
      owner: { kind: 'unknown' },
    });
  });

  it('leaves tags and foreign webhooks out', () => {
    const foreign = {
      metadata: { name: 'cert-manager' },
      webhooks: [{ name: 'webhook.cert-manager.io', clientConfig: {} }],
    };
    expect(read({ mutating: [rawInjector('1-31'), rawTag('default', '1-31'), foreign] })).toHaveLength(1);
  });

  it('does not take the Service of a tag for that of its revision', () => {
    const [plane] = read({ mutating: [rawInjector('1-31')], services: rawMesh().services.slice(2) });
    expect(plane?.service).toBeUndefined();
  });

  it('calls one without a revision `default`', () => {
    const [plane] = read({
      mutating: [rawInjector('default')],
      services: [rawIstiodService('default')],
      deployments: [rawIstiod('default', '1.30.2')],
    });
    expect(plane).toMatchObject({ revision: 'default', service: 'istiod', version: '1.30.2', deactivated: false });
  });

  it.each([
    ['discovery', 'istio-user', 'istio-user', 'istiod says so'],
    ['discovery', '', undefined, 'istiod says none'],
    ['sidecar', 'istio-user', undefined, 'another container'],
  ])('tells whose mesh configuration is shared: %s with %j, %j, %s', (name, value, shared, _why) => {
    const containers = [{ name, env: [{ name: 'SHARED_MESH_CONFIG', value }] }];
    const [plane] = read({ deployments: [rawIstiod('1-31', '1.31.0', { containers })] });
    expect(plane?.sharedMeshConfig).toBe(shared);
  });

  it('sees that istioctl has switched an injector off', () => {
    expect(read({ mutating: [rawDeactivatedInjector()] })[0]?.deactivated).toBe(true);
  });

  it('misses a caBundle on any one webhook', () => {
    const [first, second] = rawInjector('1-32').webhooks ?? [];
    const webhooks = [first, second && { ...second, clientConfig: { ...second.clientConfig, caBundle: '' } }];
    const injector = rawInjector('1-32', { webhooks: webhooks.filter((webhook) => webhook !== undefined) });
    expect(read({ mutating: [injector] })[0]?.caBundlePresent).toBe(false);
  });

  it('keeps a URL instead of a Service as it is', () => {
    const webhooks = [
      { name: 'rev.namespace.sidecar-injector.istio.io', clientConfig: { url: 'https://127.0.0.1:15017/inject' } },
    ];
    expect(read({ mutating: [rawInjector('1-31', { webhooks })] })[0]).toMatchObject({
      clientConfig: { url: 'https://127.0.0.1:15017/inject' },
      service: 'istiod-1-31',
    });
  });

  it('takes nothing of this namespace for a control plane that lives elsewhere, and lists it last', () => {
    const webhooks = [
      {
        name: 'rev.namespace.sidecar-injector.istio.io',
        clientConfig: { service: { namespace: 'another-mesh', name: 'istiod-1-31' } },
      },
    ];
    const elsewhere = rawInjector('1-31', { webhooks, meta: { name: 'a-injector' } });
    const planes = read({ mutating: [elsewhere, rawInjector('1-31')] });
    expect(planes.map(({ injector, deployments }) => [injector, deployments.length])).toEqual([
      ['istio-sidecar-injector-1-31', 1],
      ['a-injector', 0],
    ]);
  });

  it('says who installed it, by the injector or else by the Deployment', () => {
    const meta = { labels: { app: 'istiod', 'istio.io/rev': '1-31', 'operator.istio.io/managed': 'Reconcile' } };
    const deployments = [rawIstiod('1-31', '1.31.0', { meta })];
    expect(read({ deployments })[0]?.owner).toEqual({ kind: 'istioctl' });
  });
});
