// How many requests may be under way at once?

/** Lets at most `limit` pieces of work run; the others wait in line. */
export class Turnstile {
  #free: number;
  readonly #line: (() => void)[] = [];
  constructor(limit: number) {
    this.#free = limit;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#line.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
