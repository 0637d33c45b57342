import { describe, expect, it } from 'vitest';
import { objectsOf } from './objects.ts';
import { barePod, daemonSet, deployment, injectedGateway, namespace, statefulSet } from './pieces.ts';

const placed = (piece: Parameters<typeof objectsOf>[0]['piece']) => objectsOf({ namespace: 'a', piece });

it('a namespace asks for injection by label', () => {
  expect(namespace('a', { injection: 'enabled' }).labels).toEqual({ 'istio-injection': 'enabled' });
  expect(namespace('a', { rev: 'prod' }).labels).toEqual({ 'istio.io/rev': 'prod' });
  expect(namespace('a', { injection: 'enabled', rev: 'prod' }).labels).toEqual({
    'istio-injection': 'enabled',
    'istio.io/rev': 'prod',
  });
});

describe('a workload', () => {
  it('has a Service and a container named app', () => {
    const [controller, service] = placed(deployment('api', { replicas: 2 }));
    expect(controller).toMatchObject({
      kind: 'Deployment',
      spec: { replicas: 2, template: { spec: { containers: [{ name: 'app', image: 'app:1' }] } } },
    });
    expect(service).toMatchObject({ kind: 'Service', spec: { selector: { app: 'api' } } });
  });

  it.each([
    ['a StatefulSet', statefulSet('db', { onDelete: true })],
    ['a DaemonSet', daemonSet('agent', { onDelete: true })],
  ])('%s can be left to its owner to restart', (_, piece) => {
    expect(placed(piece)[0]).toMatchObject({ spec: { updateStrategy: { type: 'OnDelete' } } });
  });

  it('is not born paused: it would have no pods', () => {
    expect(placed(deployment('api', { paused: true }))[0]).not.toHaveProperty('spec.paused');
  });

  it('that is unavailable asks for a node that is not there', () => {
    expect(placed(barePod('job', { unavailable: true }))[0]).toHaveProperty('spec.nodeSelector');
  });
});

describe('an injected gateway', () => {
  it.each([
    [{ tag: 'default' }, 'default'],
    [{ revision: '1-31' }, '1-31'],
    ['inject' as const, undefined],
  ])('pinned by %o asks for %s', (pin, rev) => {
    const [gateway] = objectsOf(injectedGateway({ namespace: 'in', name: 'gw', pin }));
    const labels = { 'sidecar.istio.io/inject': 'true', app: 'gw', istio: 'gw', ...(rev && { 'istio.io/rev': rev }) };
    expect(gateway).toHaveProperty('spec.template.metadata.labels', labels);
    expect(gateway).toHaveProperty('spec.template.spec.containers', [{ name: 'istio-proxy', image: 'auto' }]);
    expect(gateway).toHaveProperty('spec.selector.matchLabels', { app: 'gw', istio: 'gw' });
  });
});
