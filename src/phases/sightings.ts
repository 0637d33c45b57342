// For how long has a pod not been ready? The cluster's clock is not ours, so seeing it counts for more than its word.
import type { MeshPod } from '../mesh/snapshot.ts';

export interface Sightings {
  /** To be told of all pods at every look. */
  note(pods: readonly MeshPod[], nowMs: number): void;
  /** Seen not ready for so long, or so by its own word for twice as long. */
  isUnreadyFor(patienceMs: number, pod: MeshPod, nowMs: number): boolean;
}

export function sightings(): Sightings {
  /** By uid: since when it was seen not to be ready, by our clock, and since when it is by its own word; a new word is a new sighting. */
  const seen = new Map<string, { readonly seenMs: number; readonly saysMs: number | undefined }>();
  return {
    note(pods, nowMs) {
      for (const { uid, ready, unreadySinceMs: saysMs } of pods) {
        const last = seen.get(uid);
        if (ready) seen.delete(uid);
        else if (last === undefined || last.saysMs !== saysMs) seen.set(uid, { seenMs: nowMs, saysMs });
      }
    },
    isUnreadyFor(patienceMs, { uid }, nowMs) {
      const { seenMs = nowMs, saysMs = nowMs } = seen.get(uid) ?? {};
      return nowMs - seenMs >= patienceMs || nowMs - saysMs >= 2 * patienceMs;
    },
  };
}
