// Since when, and why, does Prometheus tell nothing? Holds no opinion on how long that may last.

export interface Trouble {
  readonly kind: 'blind' | 'misconfigured';
  readonly sinceMs: number;
  /** How many looks in a row. */
  readonly looks: number;
  readonly reason: string;
}

interface Failed {
  readonly kind: 'stale' | 'unreachable' | 'misconfigured';
  readonly atMs: number;
  readonly reason: string;
}

/** The trouble after one more look that brought nothing. Looks count anew where it is of another kind; its beginning stays. */
export function troubled(before: Trouble | undefined, { kind: failed, atMs, reason }: Failed): Trouble {
  const kind = failed === 'misconfigured' ? 'misconfigured' : 'blind';
  if (before?.kind !== kind) return { kind, sinceMs: before?.sinceMs ?? atMs, looks: 1, reason };
  return { ...before, looks: before.looks + 1, reason };
}
