// How does a question reach Prometheus, and its answer us? Deadline, repetition, clock skew. Interprets no value.
import type { PrometheusAccess } from '../../config/config.ts';
import type { ClockPort } from '../../ports/clock.ts';
import type { PrometheusPort, PrometheusReply, PrometheusTransport, QueryAnswer } from '../../ports/prometheus.ts';
import { BrokenWorld } from '../../shared/errors.ts';
import { type Decoded, decodeAnswer } from './decode-answer.ts';
import { httpTransport } from './http-transport.ts';

export interface PrometheusOptions {
  readonly access: PrometheusAccess;
  readonly clock: ClockPort;
  /** Posts to a path of the Kubernetes API server with the kubeconfig's credentials; needed for `kubernetes://` addresses. */
  readonly apiServer?: PrometheusTransport;
  /** For one question with all its repetitions. */
  readonly deadlineMs?: number;
}

/** The port to the Prometheus that `access` names. Throws `BrokenWorld` where it can't be set up; asks nothing yet. */
export async function connectPrometheus(options: PrometheusOptions): Promise<PrometheusPort> {
  const { access, clock, apiServer, deadlineMs = 15_000 } = options;
  const service = /^kubernetes:\/\/([^/]+)\/([^/]+)(\/.*?)?\/*$/.exec(access.url);
  if (service === null) return new Prometheus(await httpTransport(access), '', access, clock, deadlineMs);
  if (apiServer === undefined)
    throw new BrokenWorld(`${access.url} needs the API server, and no kubeconfig is at hand`, {
      remedy: 'Set kubeconfig, or give prometheus-url as https://…',
    });
  const [, namespace = '', name = '', prefix = ''] = service;
  const proxied = `/api/v1/namespaces/${namespace}/services/${name}/proxy${prefix}`;
  return new Prometheus(apiServer, proxied, access, clock, deadlineMs);
}

/** An answer larger than this is none that the gate asked for. */
const MOST_BYTES = 32 * 1024 * 1024;
/** Of one try: a server that hangs leaves time for another. */
const TRY_SHARE = 0.6;
const MOST_TRIES = 3;
const FIRST_PAUSE_MS = 250;
/** Less is no skew: the first few answers tell it to a second or so. */
const LEAST_SKEW_MS = 2_000;

class Prometheus implements PrometheusPort {
  readonly address: string;
  readonly #transport: PrometheusTransport;
  readonly #path: string;
  readonly #params: Readonly<Record<string, string>>;
  readonly #clock: ClockPort;
  readonly #deadlineMs: number;
  /** Prometheus' clock minus ours, ms, lies between these; each answer narrows them. */
  #skew = { least: -Infinity, most: Infinity };
  /** When each date was told first, ms: whatever tells it again later is a cache, and no clock. */
  readonly #dates = new Map<number, number>();

  constructor(
    transport: PrometheusTransport,
    prefix: string,
    { url, params }: PrometheusAccess,
    clock: ClockPort,
    deadlineMs: number,
  ) {
    this.address = url;
    this.#transport = transport;
    this.#path = `${prefix}/api/v1/query`;
    this.#params = params;
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
  }

  skewMs(): number {
    const { least, most } = this.#skew;
    const skewMs = least <= 0 && most >= 0 ? 0 : Math.round((least + most) / 2);
    return Math.abs(skewMs) < LEAST_SKEW_MS ? 0 : skewMs;
  }

  /** Queries change nothing, so whatever may pass by is asked again, with jitter and not before the server wants it, within the deadline. */
  async query(query: string, atMs: number): Promise<QueryAnswer> {
    const endMs = this.#clock.now() + this.#deadlineMs;
    const form = new URLSearchParams({ ...this.#params, query, time: (atMs / 1000).toFixed(3) }).toString();
    for (let tries = 1; ; tries += 1) {
      const { answer, worthRepeating, notBeforeMs = 0 } = await this.#ask(form, endMs - this.#clock.now());
      const pauseMs = Math.max(notBeforeMs, FIRST_PAUSE_MS * 2 ** tries * (0.5 + Math.random() / 2));
      if (!worthRepeating || tries === MOST_TRIES || this.#clock.now() + pauseMs >= endMs) return answer;
      await this.#clock.sleep(pauseMs);
    }
  }

  async #ask(form: string, leftMs: number): Promise<Decoded> {
    const beganMs = this.#clock.now();
    const signal = AbortSignal.timeout(Math.max(1, Math.min(leftMs, this.#deadlineMs * TRY_SHARE)));
    try {
      const reply = await this.#transport(this.#path, form, { signal, mostBytes: MOST_BYTES });
      this.#noteSkew(reply, beganMs);
      return decodeAnswer(reply);
    } catch (error) {
      const words = error instanceof Error ? error.message : 'the request failed';
      const reason = signal.aborted ? 'no answer in time' : words;
      return { answer: { kind: 'unreachable', reason }, worthRepeating: true };
    }
  }

  #noteSkew({ date }: PrometheusReply, beganMs: number): void {
    const theirs = date === undefined ? NaN : Date.parse(date);
    if (Number.isNaN(theirs) || this.#isOld(theirs)) return;
    // Written, by a clock that shows whole seconds, after we asked and before we had it.
    const told = { least: theirs - this.#clock.now(), most: theirs + 999 - beganMs };
    const least = Math.max(this.#skew.least, told.least);
    const most = Math.min(this.#skew.most, told.most);
    this.#skew = least <= most ? { least, most } : told; // else a clock was set meanwhile
  }

  #isOld(date: number): boolean {
    const nowMs = this.#clock.now();
    const firstMs = this.#dates.get(date) ?? nowMs;
    this.#dates.set(date, firstMs);
    return nowMs - firstMs > LEAST_SKEW_MS;
  }
}
