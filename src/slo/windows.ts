// From when on is each subject counted, and by how many samples?
import type { Counted } from './tick.ts';

/** What is counted of one subject. */
export interface Window {
  /** When the subject's window may begin, and (once a tick began after that) where it did. */
  readonly dueMs: number;
  readonly startMs?: number;
  readonly samples: number;
}

/** By subject. */
export type Windows = ReadonlyMap<string, Window>;

/** The windows after one more tick. `due` as `observe` takes it. */
export function nextWindows(windows: Windows, { fromMs, toMs }: Counted, due: ReadonlyMap<string, number>): Windows {
  const next = new Map<string, Window>();
  for (const [subject, dueMs] of due) {
    const known = windows.get(subject);
    const window = known !== undefined && known.dueMs >= dueMs ? known : { dueMs, samples: 0 };
    const begins = window.startMs ?? (fromMs >= window.dueMs && toMs > fromMs ? fromMs : undefined);
    next.set(subject, begins === undefined ? window : { ...window, startMs: begins, samples: window.samples + 1 });
  }
  return next;
}

/** The same windows, so much later: nobody counted meanwhile. */
export const shifted = (windows: Windows, missedMs: number): Windows =>
  new Map(
    [...windows].map(([subject, window]) => [
      subject,
      window.startMs === undefined ? window : { ...window, startMs: window.startMs + missedMs },
    ]),
  );
