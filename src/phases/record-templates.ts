// How are pod-template labels journalled before a rollout writes them?
import { REV } from '../mesh/names.ts';
import type { Move } from '../plan/moves.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { Session } from './session.ts';

/** Afterwards the journal holds the present label of every template that `items` will change. */
export async function recordTemplates(session: Session, snapshot: MeshSnapshot, items: readonly Move[]): Promise<void> {
  const written = items.flatMap(({ ref, how }) => {
    if (how.kind !== 'template-label') return [];
    const workload = snapshot.workloads.find(
      (candidate) =>
        candidate.ref.kind === ref.kind && candidate.ref.namespace === ref.namespace && candidate.ref.name === ref.name,
    );
    const from = workload?.templateLabels[REV] ?? null;
    return [{ kind: 'labels', object: ref, where: 'template', labels: { [REV]: { from, to: how.to } } } as const];
  });
  if (written.length > 0) await session.record({ kind: 'write', written });
}
