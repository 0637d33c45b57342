// What do the phases ask of the place where people read along?

export interface LogPort {
  /** One line, prefixed with the time by the adapter. Untrusted text is made harmless by the adapter. */
  line(text: string): void;
  /** Runs `work` with its lines folded under `title`, and says how long it took. Groups do not nest. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Lines that also become an annotation. */
  notice(text: string): void;
  warning(text: string): void;
  error(text: string): void;
}
