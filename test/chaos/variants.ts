// Which kinds of upgrade are interrupted? Each with the smallest mesh on which it writes all that it can write.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { type Inputs, SOURCE, type StageOptions, TARGET } from '../e2e/stage.ts';
import type { ObserveOptions } from '../mesh-builder/observe.ts';
import { deployment, injectedGateway, namespace, statefulSet } from '../mesh-builder/pieces.ts';

export interface Variant {
  readonly stage: Required<Pick<StageOptions, 'parts' | 'graph' | 'target'>>;
  /** Of the mesh. */
  readonly namespaces: readonly string[];
  /** What the first command of an upgrade is told. */
  inputs(cluster: Cluster): Promise<Inputs>;
  /** What a rollback rightly leaves behind. */
  readonly left: ObserveOptions;
}

/** The shortest windows there are: what is swept is the flow. */
const SHORTEST: Inputs = { bake: '1s', interval: '1s', 'min-requests': '20' };

/** A gateway that follows the tag, a namespace that follows it by `istio-injection`, and one that names the tag. */
const FOLLOWERS = [
  namespace('web', { injection: 'enabled' }, deployment('shop')),
  namespace('payments', { rev: 'default' }, statefulSet('ledger')),
  injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag: 'default' } }),
];
const edge = (from: string, to: string) =>
  ({ from: from === 'gateway' ? from : refOf(from), to: refOf(to), rps: 200, protocol: 'http' }) as const;
const refOf = (path: string): { namespace: string; workload: string } => {
  const [place = '', workload = ''] = path.split('/');
  return { namespace: place, workload };
};
const CALLS = [edge('gateway', 'web/shop'), edge('web/shop', 'payments/ledger')];

const FOLLOWING = { parts: FOLLOWERS, graph: { edges: CALLS } };
const FOLLOWING_NAMESPACES = ['web', 'payments', 'ingress'];
const TWO_BATCHES: Inputs = { ...SHORTEST, batches: 'web\npayments' };

export const VARIANTS = {
  /** The target is there, and the tag moves before the batches. */
  tag: {
    stage: { ...FOLLOWING, target: true },
    namespaces: FOLLOWING_NAMESPACES,
    inputs: async () => TWO_BATCHES,
    left: {},
  },
  /** As above, with all that an upgrade has before and after: it installs the target, and watches everything once more at its end. */
  whole: {
    stage: { ...FOLLOWING, target: false },
    namespaces: FOLLOWING_NAMESPACES,
    inputs: async (cluster) => ({ ...TWO_BATCHES, soak: '1s', ...(await manifestOf(cluster)) }),
    left: { withoutRevision: TARGET },
  },
  /** The upgrade installs the target, labels namespaces and the pod templates that name the source, and moves the tag last. */
  relabel: {
    stage: {
      parts: [...FOLLOWERS, namespace('plain', {}, deployment('pinned', { rev: SOURCE }))],
      graph: { edges: [...CALLS, edge('web/shop', 'plain/pinned')] },
      target: false,
    },
    namespaces: ['web', 'payments', 'plain', 'ingress'],
    inputs: async (cluster) => ({
      ...SHORTEST,
      batches: 'web plain\npayments',
      strategy: 'relabel',
      ...(await manifestOf(cluster)),
    }),
    left: { withoutRevision: TARGET },
  },
} satisfies Record<string, Variant>;
export type VariantName = keyof typeof VARIANTS;

/** The inputs by which an upgrade installs the target from a file. */
async function manifestOf({ istioctl, runDir }: Cluster): Promise<Inputs> {
  const file = join(runDir, 'target.yaml');
  const minimal = ['--set', 'profile=minimal', '--set', 'components.base.enabled=false'];
  writeFileSync(file, await istioctl('1.32', ['manifest', 'generate', '--revision', TARGET, ...minimal]));
  return { install: 'manifest', 'install-manifest': file };
}
