// Has a run before restarted something in vain, and ended before it could say so? Then these restarts get a stamp of their own: under the
// old one they would wait for pods that never come.
import { RESTARTED_AT } from '../mesh/names.ts';
import type { MeshPod, MeshSnapshot } from '../mesh/snapshot.ts';
import { type Move, podsOf } from '../plan/moves.ts';
import type { LeftOver } from '../plan/journal.ts';
import { stampOf } from '../plan/stamps.ts';
import type { Session } from './session.ts';

/** What the stage does to this mesh, by `movesNow`, under the stamp it has or, where that was in vain, a new one; `to`: where it moves to. */
export async function movesWithoutVain<T extends { readonly items: readonly Move[] }>(
  session: Session,
  { by, to }: { readonly by: LeftOver['by']; readonly to: string },
  snapshot: MeshSnapshot,
  movesNow: () => T,
): Promise<T> {
  const moves = movesNow();
  const stamp = stampOf(session.journal(), by);
  const isWrong = (pod: MeshPod): boolean => pod.restartedAt === stamp && pod.injected !== to;
  const wrong = moves.items
    .filter(({ how }) => how.kind === 'await')
    .flatMap((item) => podsOf(snapshot, item).filter(isWrong));
  const [first] = wrong;
  if (stamp === undefined || first === undefined) return moves;
  const came = first.injected === undefined ? 'without a sidecar' : `with the proxy of ${first.injected}, not of ${to}`;
  const others = wrong.length === 1 ? '' : `, and ${String(wrong.length - 1)} more like it`;
  const reason = `our restart (${RESTARTED_AT} ${stamp}) made pod ${first.namespace}/${first.name} ${came}${others}`;
  session.world.log.line(`restarts once more: ${reason}`);
  await session.record({ kind: 'in-vain', by, reason });
  return movesNow();
}
