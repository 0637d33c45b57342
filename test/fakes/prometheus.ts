// A Prometheus that answers the gate's queries from a table of flows, second by second, instead of from series.
// It knows the queries by their shape; whether their PromQL means that is tested on the real one (test/contract).
import type { PrometheusPort, QueryAnswer, Sample } from '../../src/ports/prometheus.ts';
import type { PromQL } from '../../src/slo/promql.ts';
import type { Signal } from '../../src/slo/verdict.ts';

/** Requests from one namespace to another. Functions of the time in ms. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  /** Sending workload; only gateways are asked for by it. */
  readonly workload?: string;
  readonly perSecond: number | ((atMs: number) => number);
  /** Share that fails, 0–1; none without it. */
  readonly failing?: number | ((atMs: number) => number);
  /** Labels of the failures; `503`, `UF`. */
  readonly failure?: Readonly<Record<string, string>>;
  /** Sides that do not report at all. */
  readonly silent?: readonly Signal[];
  /** From then on nothing scrapes it. */
  readonly endsMs?: number;
}
export interface FakeOptions {
  readonly flows: readonly Flow[];
  readonly scrapeIntervalMs?: number;
  readonly skewMs?: number;
  /** Instead of an answer, at that time. */
  readonly trouble?: (atMs: number, query: string) => QueryAnswer | undefined;
  /** Oldest sample that it has at that time. */
  readonly oldestMs?: (atMs: number) => number;
  /** Newest sample: then no more scrapes. */
  readonly scrapesEndMs?: number;
  /** TCP connections, as flows; their failures carry flags alone. */
  readonly connections?: readonly Flow[];
  /** What istiods counted in a span of time: rows with the labels `pod` and `istiod`. */
  readonly istiods?: (fromMs: number, toMs: number) => readonly Sample[];
  /** Durations by bound, with the labels `when` and `le`. */
  readonly durations?: readonly Sample[];
  /** What any other query answers. */
  readonly other?: (query: string, atMs: number) => readonly Sample[];
  /** Series labels that tell clusters apart. */
  readonly origins?: readonly Readonly<Record<string, string>>[];
}

const SECOND = 1_000;
const at = (value: number | ((ms: number) => number) | undefined, ms: number): number =>
  typeof value === 'function' ? value(ms) : (value ?? 0);

export class FakePrometheus implements PrometheusPort {
  readonly address = 'http://prometheus.fake';
  /** Every query asked, in order. */
  readonly asked: { readonly query: string; readonly atMs: number }[] = [];
  readonly #options: FakeOptions;

  constructor(options: FakeOptions) {
    this.#options = options;
  }

  skewMs(): number {
    return this.#options.skewMs ?? 0;
  }

  async query(query: PromQL, atMs: number): Promise<QueryAnswer> {
    this.asked.push({ query, atMs });
    const trouble = this.#options.trouble?.(atMs, query);
    return trouble ?? { kind: 'vector', samples: this.#samples(query, atMs), warnings: [] };
  }

  #samples(query: string, atMs: number): readonly Sample[] {
    if (query.startsWith('max(timestamp')) return this.#newest(query, atMs);
    if (query.startsWith('quantile(')) return [{ labels: {}, value: this.#intervalMs() / SECOND }];
    if (query.startsWith('group by')) return this.#links();
    if (query.startsWith('count by (cluster'))
      return (this.#options.origins ?? [{}]).map((labels) => ({ labels, value: 9 }));
    if (/^(?:max by|topk\(|istio_requests_total|time\(\))/.test(query)) return this.#options.other?.(query, atMs) ?? [];
    if (query.includes('istio_request_duration')) return this.#options.durations ?? [];
    const hour = query.includes('sum_over_time');
    const istiods = query.includes('pilot_xds')
      ? (this.#options.istiods?.(hour ? atMs - 3_600_000 : atMs - stepOf(query), atMs) ?? [])
      : [];
    const scope = scopeOf(query);
    if (scope === undefined && istiods.length > 0) return istiods;
    if (scope === undefined) return this.#options.other?.(query, atMs) ?? [];
    if (query.startsWith('min_over_time')) return this.#quietest(scope, atMs);
    if (query.includes(' ^ 2 ')) return this.#squares(scope, atMs);
    const fromMs = hour ? atMs - 3_600_000 : atMs - stepOf(query);
    const [, mark, apart] = /"(caller|callee)", "apart", "\w+", "((?:[^"\\]|\\.)*)"\)/.exec(query) ?? [];
    if (mark === undefined || apart === undefined) return [...this.#counted(scope, fromMs, atMs), ...istiods];
    const isApart = ({ from, to }: Flow): boolean => regexOf(apart).test(mark === 'caller' ? from : to);
    const marked = this.#counted({ ...scope, only: isApart }, fromMs, atMs);
    return [
      ...this.#counted({ ...scope, only: (flow) => !isApart(flow) }, fromMs, atMs),
      ...marked.map(({ labels, value }) => ({ labels: { ...labels, [mark]: 'apart' }, value })),
    ];
  }

  #intervalMs(): number {
    return this.#options.scrapeIntervalMs ?? 15_000;
  }

  #newest(query: string, atMs: number): readonly Sample[] {
    const { flows, scrapesEndMs = Infinity } = this.#options;
    const asked = scopeOf(query);
    const some = asked === undefined ? flows : flows.filter(({ from, to }) => asked.matches(to) || asked.matches(from));
    const newestMs = Math.min(Math.floor(atMs / this.#intervalMs()) * this.#intervalMs(), scrapesEndMs);
    const gone = some.length === 0 || atMs - newestMs > 300_000;
    const agoMs = Number(/offset (\d+)ms/.exec(query)?.[1] ?? 0);
    const forgotten = atMs - agoMs < (this.#options.oldestMs?.(atMs) ?? -Infinity);
    return [
      ...(gone ? [] : [{ labels: {}, value: newestMs / SECOND }]),
      ...(forgotten ? [{ labels: { freshness: 'nothing-before' }, value: 1 }] : []),
    ];
  }

  #links(): readonly Sample[] {
    return this.#options.flows.map(({ from, to }) => ({
      labels: { source_workload_namespace: from, destination_service_namespace: to },
      value: 1,
    }));
  }

  #counted({ signal, matches, only, withRoute }: Scope, fromMs: number, toMs: number): readonly Sample[] {
    const tcp = signal === 'tcp';
    return ((tcp ? this.#options.connections : this.#options.flows) ?? [])
      .filter((flow) => only?.(flow) !== false && fromMs < (flow.endsMs ?? Infinity))
      .filter((flow) => matches(subjectName(signal, flow)) && flow.silent?.includes(signal) !== true)
      .flatMap((flow) => {
        const steady = typeof flow.perSecond === 'number' && typeof flow.failing !== 'function';
        const seconds = steady ? Math.max(0, Math.floor(toMs / SECOND) - Math.floor(fromMs / SECOND)) : 0;
        const endMs = steady ? -Infinity : toMs;
        let requests = seconds * at(flow.perSecond, toMs);
        let failed = requests * at(flow.failing, toMs);
        for (let ms = Math.floor(fromMs / SECOND + 1) * SECOND; ms <= endMs; ms += SECOND) {
          const sent = at(flow.perSecond, ms);
          requests += sent;
          failed += sent * at(flow.failing, ms);
        }
        const labels = subjectLabels(signal, flow);
        const failure =
          flow.failure ?? (tcp ? { response_flags: 'UF' } : { response_code: '503', response_flags: 'UF' });
        const answered = tcp ? {} : { response_code: '200', grpc_response_status: '' };
        const ok = { ...labels, ...answered, response_flags: '-' };
        const rows = [{ labels: ok, value: requests - failed }];
        const found = withRoute !== true || failure['response_flags'] !== 'NR';
        return failed > 0 && found ? [...rows, { labels: { ...labels, ...failure }, value: failed }] : rows;
      });
  }

  #squares(scope: Scope, atMs: number): readonly Sample[] {
    const squares = new Map<string, Sample>();
    for (let end = atMs; end > atMs - 3_600_000; end -= 60_000)
      for (const { labels, value } of this.#counted(scope, end - 60_000, end)) {
        const key = JSON.stringify(labels);
        squares.set(key, { labels, value: (squares.get(key)?.value ?? 0) + value * value });
      }
    return [...squares.values()];
  }

  #quietest(scope: Scope, atMs: number): readonly Sample[] {
    const least = new Map<string, Sample>();
    for (let end = atMs; end > atMs - 3_600_000; end -= 60_000) {
      const sums = new Map<string, Sample>();
      for (const { labels, value } of this.#counted(scope, end - 60_000, end)) {
        const { response_code: _, response_flags: __, grpc_response_status: ___, ...subject } = labels;
        const key = JSON.stringify(subject);
        sums.set(key, { labels: subject, value: (sums.get(key)?.value ?? 0) + value });
      }
      for (const [key, sample] of sums) if (sample.value < (least.get(key)?.value ?? Infinity)) least.set(key, sample);
    }
    return [...least.values()];
  }
}

interface Scope {
  readonly signal: Signal;
  readonly matches: (subject: string) => boolean;
  readonly only?: ((flow: Flow) => boolean) | undefined;
  /** Without the flag NR. */
  readonly withRoute?: boolean;
}

const LABEL: Readonly<Record<Signal, string>> = {
  client: 'destination_service_namespace',
  server: 'destination_workload_namespace',
  outbound: 'source_workload_namespace',
  gateway: 'source_workload_namespace',
  tcp: 'destination_service_namespace',
};
const subjectName = (signal: Signal, { from, to }: Flow): string =>
  signal === 'outbound' || signal === 'gateway' ? from : to;
const subjectLabels = (signal: Signal, flow: Flow): Record<string, string> => ({
  [LABEL[signal]]: subjectName(signal, flow),
  ...(signal === 'gateway' ? { source_workload: flow.workload ?? 'gateway' } : {}),
});

/** The signal and the names that a query selects, from its first selector. */
function scopeOf(query: string): Scope | undefined {
  const [, label, pattern] = /[{,](\w+_namespace)=~"((?:[^"\\]|\\.)*)"/.exec(query) ?? [];
  if (label === undefined || pattern === undefined) return undefined;
  const regex = regexOf(pattern);
  const [, without] = /source_workload_namespace!~"((?:[^"\\]|\\.)*)"/.exec(query) ?? [];
  const only = without === undefined ? undefined : ({ from }: Flow): boolean => !regexOf(without).test(from);
  const gateway = query.includes('source_workload=~');
  if (query.includes('istio_tcp_connections')) return { signal: 'tcp', matches: (subject) => regex.test(subject) };
  const signal = (['client', 'server', 'outbound'] as const).find((one) => LABEL[one] === label) ?? 'client';
  const withRoute = query.includes('response_flags!~');
  return { signal: gateway ? 'gateway' : signal, matches: (subject) => regex.test(subject), only, withRoute };
}
const regexOf = (pattern: string): RegExp => new RegExp(`^(?:${pattern.replaceAll('\\\\', '\\')})$`);
const stepOf = (query: string): number => Number(/\[(\d+)ms\]/.exec(query)?.[1] ?? 0);
