// Phase 3, before the tag moves: nothing that follows the tag may drift. Holds waiting and excluded namespaces on the
// source by label, without a restart; never a namespace without labels (that would inject every pod).
import { NAMESPACE } from '../mesh/kinds.ts';
import { labelWishes, pinnedLabels } from '../plan/labels.ts';
import type { Session } from './session.ts';
import { writeLabels } from './write-labels.ts';

export async function pinWaiting(session: Session): Promise<void> {
  const { plan } = session.journal();
  const waiting = [...plan.batches.flatMap((batch) => batch.namespaces), ...plan.excluded];
  await writeLabels(
    session,
    NAMESPACE,
    labelWishes(waiting, (namespace) => pinnedLabels(plan, namespace)),
  );
}
