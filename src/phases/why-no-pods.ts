// Why are pods not created, or never started? A StatefulSet and a DaemonSet do not say it in their status, as a Deployment does, and a
// pod does not say which volume or network it waits for: only their events do.
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
  return lastMessage(cluster, { kind, namespace, name }, sinceMs, ({ reason }) => reason === 'FailedCreate');
}

/** What the kubelet or a volume's controller warned of last about the pod, not before `sinceMs`; undefined as above. */
export async function whyNotStarted(
  cluster: ClusterPort,
  pod: { readonly namespace: string; readonly name: string },
  sinceMs: number,
): Promise<string | undefined> {
  return lastMessage(cluster, { kind: 'Pod', ...pod }, sinceMs, ({ type }) => type === 'Warning');
}

async function lastMessage(
  cluster: ClusterPort,
  { kind, namespace, name }: { readonly kind: string; readonly namespace: string; readonly name: string },
  sinceMs: number,
  matters: (event: EventObject) => boolean,
): Promise<string | undefined> {
  try {
    const events = await cluster.list(EVENT, { namespace });
    return events
      .filter(({ involvedObject: about }) => about.kind === kind && about.name === name)
      .filter((event) => matters(event) && timeOf(event) >= sinceMs)
      .toSorted((a, b) => timeOf(a) - timeOf(b))
      .at(-1)?.message;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

const timeOf = ({ lastTimestamp, eventTime }: EventObject): number => Date.parse(lastTimestamp ?? eventTime ?? '') || 0;
