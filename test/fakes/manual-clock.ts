// A clock that stands still until it is told to go, or that jumps to the end of every sleep.
import type { ClockPort } from '../../src/ports/clock.ts';

export class ManualClock implements ClockPort {
  #nowMs: number;
  readonly #automatic: boolean;
  #sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  /** With `automatic`, `sleep` advances the clock by itself and returns at once. */
  constructor(nowMs = Date.parse('2026-11-24T12:00:00Z'), { automatic = false } = {}) {
    this.#nowMs = nowMs;
    this.#automatic = automatic;
  }

  now(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    if (this.#automatic) {
      await this.advance(ms);
      return;
    }
    await new Promise<void>((wake) => {
      this.#sleepers.push({ untilMs: this.#nowMs + ms, wake });
      signal?.addEventListener('abort', () => wake(), { once: true });
    });
  }

  /** Lets `ms` pass, and everyone whose time has come go on. */
  async advance(ms: number): Promise<void> {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
    for (const { wake } of due) wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
