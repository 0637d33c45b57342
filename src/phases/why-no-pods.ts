// Why are the pods of a StatefulSet or a DaemonSet not created? Neither says it in its status, as a Deployment does: only in events.
import { EVENT, type EventObject } from '../mesh/kinds.ts';
import type { WorkloadRef } from '../mesh/snapshot.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

/** What the controller was told last when it wanted to create a pod, not before `sinceMs`; undefined where nothing was, or may not be read. */
export async function whyNoPods(
  cluster: ClusterPort,
  { kind, namespace, name }: WorkloadRef,
  sinceMs: number,
): Promise<string | undefined> {
  if (kind === 'Deployment') return undefined;
  try {
    const events = await cluster.list(EVENT, { namespace });
    return events
      .filter(
        ({ involvedObject: about, reason }) => reason === 'FailedCreate' && about.kind === kind && about.name === name,
      )
      .filter((event) => timeOf(event) >= sinceMs)
      .toSorted((a, b) => timeOf(a) - timeOf(b))
      .at(-1)?.message;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

const timeOf = ({ lastTimestamp, eventTime }: EventObject): number => Date.parse(lastTimestamp ?? eventTime ?? '') || 0;
