// A mesh that is quick to move: two namespaces, one gateway, enough traffic to judge.
import type { Graph } from '../cluster/traffic/wire.ts';
import { deployment, injectedGateway, namespace, type NamespaceOptions, statefulSet } from '../mesh-builder/pieces.ts';
import type { StageOptions } from './stage.ts';

const at = (path: string): { namespace: string; workload: string } => {
  const [place = '', workload = ''] = path.split('/');
  return { namespace: place, workload };
};

/** `web` calls `payments`; both follow the default tag unless told. */
export const smallMesh = (
  follows: NamespaceOptions = { injection: 'enabled' },
  tag = 'default',
): Pick<StageOptions, 'parts' | 'graph'> => ({
  parts: [
    namespace('web', follows, deployment('shop', { replicas: 2 })),
    namespace('payments', follows, deployment('api', { replicas: 2 }), statefulSet('ledger')),
    injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag } }),
  ],
  graph: smallGraph,
});

export const smallGraph: Graph = {
  edges: [
    { from: 'gateway', to: at('web/shop'), rps: 40, protocol: 'http' },
    { from: at('web/shop'), to: at('payments/api'), rps: 40, protocol: 'http' },
    { from: at('payments/api'), to: at('payments/ledger'), rps: 20, protocol: 'http' },
  ],
};
