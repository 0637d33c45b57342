// Where do things stand when a run ends? One more look at the mesh, for the report alone.
import type { EndingState } from '../plan/ending.ts';
import { stateOf } from '../plan/state-of.ts';
import { readMesh } from './discover.ts';
import type { Session } from './session.ts';
import { unlessStopped } from './unless-stopped.ts';

/** A runner that cancels kills within ten seconds, and the lease is still to be handed back. */
const PATIENCE_MS = 2_000;

/** Undefined, with a warning, where the mesh cannot be read: how the command ended stands. And where a run that was told to stop could not read it soon. */
export async function lastLook({ world, journal }: Session): Promise<EndingState | undefined> {
  const { cluster, clock, log, signal } = world;
  const { plan } = journal();
  try {
    const looking = readMesh(cluster, plan.istioNamespace);
    const snapshot = await unlessStopped(signal, looking, async (over) => clock.sleep(PATIENCE_MS, over));
    return snapshot === undefined ? undefined : stateOf(snapshot, plan, journal());
  } catch (error) {
    if (!signal.aborted)
      log.warning(
        `where things stand is not in the report, run \`status\` for it: ${error instanceof Error ? error.message : String(error)}`,
      );
    return undefined;
  }
}
