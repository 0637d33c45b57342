// What do the pods of a test's workload look like? One container `app` of `app:1`, and the labels that steer injection.
import type { KubeMeta } from '../cluster/api.ts';
import type { BarePod } from './pieces.ts';

const NOWHERE = { 'kubernetes.io/hostname': 'no-such-node' };

export function podTemplate<Meta extends Partial<KubeMeta>>(metadata: Meta, app: string, options: BarePod['options']) {
  const { labels, annotations, rev, inject, hostNetwork, unavailable } = options;
  return {
    metadata: {
      ...metadata,
      labels: {
        app,
        ...labels,
        ...(rev !== undefined && { 'istio.io/rev': rev }),
        ...(inject !== undefined && { 'sidecar.istio.io/inject': String(inject) }),
      },
      ...(annotations && { annotations: { ...annotations } }),
    },
    spec: {
      containers: [{ name: 'app', image: 'app:1', ports: [{ name: 'http', containerPort: 8080 }] }],
      ...(hostNetwork === true && { hostNetwork: true }),
      ...(unavailable === true && { nodeSelector: NOWHERE }),
    },
  };
}
