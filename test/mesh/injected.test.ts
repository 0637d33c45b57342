import { describe, expect, it } from 'vitest';
import { injectedRevision, proxyOf } from '../../src/mesh/injected.ts';
import type { PodObject } from '../../src/mesh/kinds.ts';
import { rawPod } from '../builders/raw.ts';

const proxy = { name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.31.0' };
const app = { name: 'app', image: 'app:1' };

describe('proxyOf', () => {
  it('finds a native sidecar among the init containers', () => {
    const spec = { containers: [app], initContainers: [{ name: 'istio-init' }, { ...proxy, restartPolicy: 'Always' }] };
    expect(proxyOf(spec)).toEqual({ shape: 'native', container: { ...proxy, restartPolicy: 'Always' } });
  });

  it('finds a classic one among the containers', () => {
    expect(proxyOf({ containers: [app, proxy] })).toEqual({ shape: 'classic', container: proxy });
  });

  it('does not take an init container that ends for a sidecar', () => {
    expect(proxyOf({ containers: [app], initContainers: [proxy] })).toEqual({ shape: 'none' });
  });
});

const pod = (annotations: Record<string, string>, env: { name: string; value: string }[] = []): PodObject => ({
  metadata: { name: 'api', annotations, labels: { 'istio.io/rev': 'a-mere-request' } },
  spec: { containers: [app, { ...proxy, env }] },
});
const status = (content: unknown): Record<string, string> => ({ 'sidecar.istio.io/status': JSON.stringify(content) });
const dials = (value: string): { name: string; value: string }[] => [{ name: 'CA_ADDR', value }];

describe('injectedRevision', () => {
  it.each<readonly [PodObject, string | undefined, string]>([
    [pod({ 'istio.io/rev': '1-31' }), '1-31', 'the annotation says it'],
    [pod({ 'istio.io/rev': '1-31', ...status({ revision: '1-30' }) }), '1-31', 'the annotation is believed first'],
    [pod(status({ revision: '1-30' })), '1-30', 'before Istio 1.18 only the status says it'],
    [pod(status({ containers: [] }), dials('istiod-1-29.istio-system.svc:15012')), '1-29', 'then the istiod it dials'],
    [pod({}, dials('istiod.istio-system.svc:15012')), 'default', 'one without a revision'],
    [pod({ 'sidecar.istio.io/status': '{' }), undefined, 'broken JSON proves nothing'],
    [pod(status(null)), undefined, 'nor does null'],
    [pod({}, dials('ca.example:15012')), undefined, 'nor an address that is no istiod'],
    [pod({}), undefined, 'a label is only a request'],
  ])('of %# is %s: %s', (object, revision) => {
    expect(injectedRevision(object)).toBe(revision);
  });

  it('is nothing without a proxy, whatever a copied annotation claims', () => {
    expect(injectedRevision(rawPod({ injected: null, annotations: { 'istio.io/rev': '1-31' } }))).toBeUndefined();
  });
});
