// Which mesh do the demo and most tests run on? A shop of five namespaces and twelve workloads behind one gateway, about 100 requests a
// second; everything follows one tag.
import type { Api } from '../cluster/api.ts';
import type { Edge, Graph } from '../cluster/traffic/wire.ts';
import { type Mesh, buildMesh } from './build.ts';
import {
  type NamespaceOptions,
  type NamespacePiece,
  type Placed,
  daemonSet,
  deployment,
  injectedGateway,
  namespace,
  statefulSet,
} from './pieces.ts';

export interface ShopOptions {
  /** The tag that all follow; `default` unless told, which four namespaces then ask for with `istio-injection=enabled`. */
  readonly tag?: string;
  /** Multiplies every rate. */
  readonly load?: number;
}

export interface Shop {
  readonly mesh: Mesh;
  /** For `traffic.setGraph`. */
  readonly graph: Graph;
}

/** Writes the shop and tells its call graph; neither waits for pods nor starts the traffic. */
export async function shop(cluster: { api: Api }, options: ShopOptions = {}): Promise<Shop> {
  return { mesh: await buildMesh(cluster, shopPieces(options.tag)), graph: shopGraph(options.load) };
}

export function shopPieces(tag = 'default'): (NamespacePiece | Placed)[] {
  const follows: NamespaceOptions = tag === 'default' ? { injection: 'enabled' } : { rev: tag };
  return [
    namespace('frontend', follows, deployment('web', { replicas: 2 }), deployment('assets')),
    namespace('checkout', follows, deployment('cart', { replicas: 2 }), deployment('orders', { replicas: 2 })),
    namespace('payments', follows, deployment('api', { replicas: 3 }), statefulSet('ledger'), deployment('fraud')),
    namespace('catalog', follows, deployment('products', { replicas: 2 }), deployment('search')),
    namespace(
      'inventory',
      { rev: tag },
      deployment('stock', { replicas: 2 }),
      statefulSet('warehouse'),
      daemonSet('scanner'),
    ),
    injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag }, replicas: 2 }),
  ];
}

export function shopGraph(load = 1): Graph {
  const calls: [from: string, to: string, rps: number, protocol?: 'grpc'][] = [
    ['gateway', 'frontend/web', 22],
    ['gateway', 'frontend/assets', 8],
    ['frontend/web', 'checkout/cart', 10],
    ['frontend/web', 'catalog/products', 14],
    ['frontend/web', 'catalog/search', 5],
    ['checkout/cart', 'checkout/orders', 6],
    ['checkout/orders', 'payments/api', 10],
    ['payments/api', 'payments/ledger', 6],
    ['payments/api', 'payments/fraud', 4, 'grpc'],
    ['catalog/products', 'inventory/stock', 8, 'grpc'],
    ['inventory/stock', 'inventory/warehouse', 4],
    ['inventory/warehouse', 'inventory/scanner', 3],
  ];
  return { edges: calls.map(([from, to, rps, protocol]) => edge(from, to, rps * load, protocol ?? 'http')) };
}

function edge(from: string, to: string, rps: number, protocol: Edge['protocol']): Edge {
  return { from: from === 'gateway' ? from : workload(from), to: workload(to), rps, protocol };
}

function workload(path: string): { namespace: string; workload: string } {
  const [place = '', name = ''] = path.split('/');
  return { namespace: place, workload: name };
}
