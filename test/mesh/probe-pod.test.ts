// Where can a pod prove by its own label that a revision injects, and what does the answer mean?
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { injectionOf, probeNamespaces, probePod } from '../../src/mesh/probe-pod.ts';

const R = asRevision('1-32');
const namespace = (name: string, labels: Record<string, string> = {}, more: object = {}): KubeObject => ({
  metadata: { name, labels, ...more },
});

describe('the namespace of the probe', () => {
  const rows = [
    ['the Istio namespace comes first', [namespace('a'), namespace('istio-system'), namespace('default')], ['istio-system', 'default', 'a']],
    ['injection by default would decide instead of the pod', [namespace('a', { 'istio-injection': 'enabled' })], []],
    ['nobody injects where it is disabled', [namespace('a', { 'istio-injection': 'disabled' })], []],
    ['a namespace of another revision decides for that one', [namespace('a', { 'istio.io/rev': '1-31' })], []],
    ['one of the same revision decides alike, but comes last', [namespace('a', { 'istio.io/rev': '1-32' }), namespace('b')], ['b', 'a']],
    ['istiod ignores these whatever is asked', [namespace('kube-system'), namespace('kube-public')], []],
    ['a dying namespace accepts no pod', [namespace('a', {}, { deletionTimestamp: 'now' })], []],
  ] as const; // prettier-ignore
  for (const [reason, namespaces, expected] of rows) {
    it(`is chosen: ${reason}`, () => {
      expect(probeNamespaces(namespaces, R, 'istio-system')).toEqual(expected);
    });
  }
});

describe('the probe', () => {
  it('asks for the revision by its label, and passes the restricted pod security standard by itself', () => {
    const pod = probePod(R, 'default');
    expect(pod.metadata).toMatchObject({ namespace: 'default', labels: { 'istio.io/rev': '1-32' } });
    expect(pod.spec).toMatchObject({
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    });
  });

  it('tells who injected it by the annotation, and the image from either container list', () => {
    const proxy = { name: 'istio-proxy', image: 'proxyv2:1.32.0' };
    const pod = probePod(R, 'default');
    const metadata = { ...pod.metadata, annotations: { 'istio.io/rev': '1-32' } };
    const both = { by: '1-32', proxyImage: 'proxyv2:1.32.0' };
    expect(injectionOf({ ...pod, metadata, spec: { ...pod.spec, initContainers: [proxy] } })).toEqual(both);
    expect(injectionOf({ ...pod, metadata, spec: { containers: [...pod.spec.containers, proxy] } })).toEqual(both);
    expect(injectionOf(pod)).toEqual({});
  });
});
