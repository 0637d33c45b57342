// What of a stage does not run on the target although its HOLD was accepted? Read off the cluster, told to the journal: what is passed
// unfinished is listed for whoever reads the report, and nobody looks for it again.
import type { JournalEvent } from '../plan/journal-event.ts';
import type { LeftOver } from '../plan/journal.ts';
import { podsOf, type Moves } from '../plan/moves.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { readMesh } from './discover.ts';
import type { Session } from './session.ts';
import { gatewayMoves } from './upgrade-gateways.ts';
import { batchMoves } from './upgrade-namespaces.ts';
import { idOf } from './workload-view.ts';

/** Adds to what the stage has left over already; nothing where all of it runs on the target. */
export async function leftByAccepting(session: Session, by: number | 'gateways'): Promise<readonly JournalEvent[]> {
  const { plan, leftOver = [] } = session.journal();
  const snapshot = await readMesh(session.world.cluster, plan.istioNamespace);
  const batch = plan.batches.find(({ number }) => number === by);
  const moves = batch === undefined ? gatewayMoves(session.journal(), snapshot) : batchMoves(session, snapshot, batch);
  const unfinished = moves.items.flatMap((item) => sentenceOf(snapshot, item, plan) ?? []);
  const told = leftOver.filter((entry: LeftOver) => entry.by === by).map(({ text }) => text);
  const sentences = [...new Set([...told, ...moves.leftOver, ...unfinished])];
  for (const sentence of unfinished) session.world.log.warning(sentence);
  return sentences.length === told.length ? [] : [{ kind: 'left-over', by, sentences }];
}

/** Undefined where its pods have come after all. */
function sentenceOf(
  snapshot: MeshSnapshot,
  { ref }: Moves['items'][number],
  { source, target }: { readonly source: string; readonly target: string },
): string | undefined {
  const pods = podsOf(snapshot, { ref });
  const there = pods.filter(({ injected, ready }) => injected === target && ready).length;
  const replicas = snapshot.workloads.find((workload) => idOf(workload.ref) === idOf(ref))?.replicas ?? 0;
  const wanted = Math.max(replicas, pods.length);
  if (there === wanted) return undefined;
  return `${idOf(ref)}: ${String(there)} of ${String(wanted)} pods were ready on ${target} when its HOLD was accepted: see why the others were not, and restart it if any stays on ${source}`;
}
