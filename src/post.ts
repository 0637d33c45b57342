// The step's `post`: what is still to be done when `main` was killed? It says so, and hands the lease back, so that the next
// run need not watch it stand still for a minute. Changes nothing else.
import { githubEdge } from './adapters/github/edge.ts';
import { killedHolder, sayKilled } from './adapters/github/post.ts';
import { Connection } from './adapters/kubernetes/connection.ts';
import { KubeCluster } from './adapters/kubernetes/kube-cluster.ts';
import { MeshLease } from './adapters/kubernetes/lease.ts';
import { systemClock } from './adapters/system/clock.ts';
import { INPUT_NAMES } from './config/inputs.ts';
import { secretsIn } from './config/secrets.ts';
import { kubeconfigOf } from './connect.ts';
import { readConfig } from './read-config.ts';
import type { Edge } from './ports/edge.ts';

/** A cancelled job leaves little time. */
const HASTE = { deadlineMs: 5_000, attempts: 2 };

/** Says nothing after a `main` that ended in words. Never rejects: whatever fails here, the lease goes stale by itself. */
export async function post(): Promise<void> {
  const holder = killedHolder();
  if (holder === undefined) return;
  sayKilled();
  const edge = githubEdge({ names: INPUT_NAMES, now: () => systemClock.now() });
  for (const secret of secretsIn(edge.inputs)) edge.mask(secret);
  try {
    await release(edge, holder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    edge.log.warning(`the lease is not handed back (${why}): the next run takes it over after a minute`);
  }
}

/** Only where that very process holds it. */
async function release(edge: Edge, holder: string): Promise<void> {
  const config = await readConfig(edge);
  if ('refused' in config || config.command === 'plan' || config.command === 'status') return;
  const loaded = kubeconfigOf(edge, config, process.env);
  if (loaded.kind === 'problems') return;
  const connection = new Connection(loaded.value.config, HASTE);
  try {
    const cluster = new KubeCluster(loaded.value.config, connection);
    await new MeshLease(cluster, systemClock, { namespace: config.frozen.istioNamespace, holder }).release();
  } finally {
    connection.close();
  }
}
