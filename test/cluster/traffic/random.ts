// Where do the simulator's dice come from? From a seed, so that a run can be repeated (mulberry32).

/** Numbers in [0, 1); the same seed gives the same row. */
export function dice(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of them; undefined of none. */
export function pick<T>(roll: () => number, items: readonly T[]): T | undefined {
  return items[Math.floor(roll() * items.length)];
}
