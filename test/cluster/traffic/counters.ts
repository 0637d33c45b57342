// What has one proxy counted since it started? A series is born at its first request, as in Envoy, and never falls.

/** Envoy's upper bounds in Istio, in milliseconds. */
const BOUNDS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

interface Series {
  readonly labels: string;
  count: number;
  sumMs: number;
  /** Requests at most as slow as the bound with the same index, and slower than the one before. */
  readonly within: Float64Array;
}

export class Counters {
  readonly #series = new Map<string, Series>();

  get size(): number {
    return this.#series.size;
  }

  /** `key` stands for the labels, which are written only once. */
  record(key: string, labels: () => string, durationMs: number): void {
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels: labels(), count: 0, sumMs: 0, within: new Float64Array(BOUNDS.length) };
      this.#series.set(key, series);
    }
    series.count += 1;
    series.sumMs += durationMs;
    const bound = BOUNDS.findIndex((b) => durationMs <= b);
    if (bound >= 0) series.within[bound] = (series.within[bound] ?? 0) + 1;
  }

  /** Each series' labels and count. */
  *requests(): Iterable<readonly [labels: string, count: number]> {
    for (const { labels, count } of this.#series.values()) yield [labels, count];
  }

  /** The text that `/stats/prometheus` answers, with `more` labels (`a="b",`) in front of each series' own. */
  expose(options: { histograms: boolean; more?: string }): string {
    const { more = '' } = options;
    const lines: string[] = [];
    if (this.#series.size > 0) lines.push('# TYPE istio_requests_total counter');
    for (const { labels, count } of this.#series.values())
      lines.push(`istio_requests_total{${more}${labels}} ${count}`);
    if (!options.histograms || this.#series.size === 0) return lines.join('\n');
    lines.push('# TYPE istio_request_duration_milliseconds histogram');
    for (const series of this.#series.values()) lines.push(...durations(series, more));
    return lines.join('\n');
  }
}

function durations({ labels, count, sumMs, within }: Series, more: string): string[] {
  const name = 'istio_request_duration_milliseconds';
  let sum = 0;
  const buckets = BOUNDS.map((bound, i) => {
    sum += within[i] ?? 0;
    return `${name}_bucket{${more}${labels},le="${bound}"} ${sum}`;
  });
  return [
    ...buckets,
    `${name}_bucket{${more}${labels},le="+Inf"} ${count}`,
    `${name}_sum{${more}${labels}} ${sumMs.toFixed(1)}`,
    `${name}_count{${more}${labels}} ${count}`,
  ];
}
