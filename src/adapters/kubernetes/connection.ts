// How does one request reach the API server and come back? Pooled connections, a deadline for every call, bounded
// parallelism, and repeats only where they are safe (retry.ts). Knows no kinds, and says nothing of headers or bodies.
import { setTimeout as pause } from 'node:timers/promises';
import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext, type ResponseContext } from '@kubernetes/client-node';
import type { ClockPort } from '../../ports/clock.ts';
import { ApiError, isNotFound, LostLease, NoCredentials } from '../../shared/errors.ts';
import {
  type Answer,
  AnswerTooLarge,
  isForeign404,
  notJson,
  outcomeOf,
  refusedCall,
  unansweredCall,
} from './failure.ts';
import type { PooledKubeConfig } from './pooled-config.ts';
import { type Outcome, pauseBeforeRetry } from './retry.ts';
import { Turnstile } from './turnstile.ts';

export interface Request {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the server's root, such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly contentType?: string;
  /** The form of the answer; absent: plain JSON. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** What it is about, for messages: `patch Namespace payments`. */
  readonly what: string;
  /** Done twice is done once, although it is no GET: may be repeated like one. */
  readonly repeatable?: boolean;
  /** Asked before each attempt, and once more just before the request is sent; the `LostLease` that it throws is thrown. */
  readonly allowed?: () => void;
  /** At most so many attempts, where the usual patience is out of place. */
  readonly attempts?: number;
  /** For one attempt, where the usual one is out of place. */
  readonly deadlineMs?: number;
  /** An answer larger than this is dropped while it arrives, and counts as none. */
  readonly mostBytes?: number;
  /** What it asks for may be of a kind that this API server does not serve: its 404 for that is as plain as any web server's. */
  readonly mayBeUnserved?: boolean;
}

export interface ConnectionOptions {
  /** For the pauses between attempts. */
  readonly clock?: ClockPort;
  /** For one attempt, its body included. */
  readonly deadlineMs?: number;
  /** For every call, where the usual patience is out of place. */
  readonly attempts?: number;
  readonly atOnce?: number;
}

const DEADLINE_MS = 30_000;
const AT_ONCE = 24;

export class Connection {
  readonly config: PooledKubeConfig;
  readonly clock: ClockPort;
  readonly #server: string;
  readonly #http = new IsomorphicFetchHttpLibrary();
  readonly #turnstile: Turnstile;
  readonly #deadlineMs: number;
  readonly #attempts: number | undefined;

  constructor(config: PooledKubeConfig, options: ConnectionOptions = {}) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig was not checked: no cluster');
    this.config = config;
    this.clock = options.clock ?? realClock;
    this.#server = cluster.server.replace(/\/+$/u, '');
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#attempts = options.attempts;
    this.#turnstile = new Turnstile(options.atOnce ?? AT_ONCE);
  }

  /** A 2xx answer; anything else is an `ApiError` that names `what`. */
  async call(request: Request): Promise<Answer> {
    const answer = await this.any(request);
    if (answer.status < 200 || answer.status >= 300) throw refusedCall(request.what, answer, request.mayBeUnserved);
    return answer;
  }

  /** The body of a 2xx answer, taken for what the caller expects. */
  async json<T>(request: Request): Promise<T> {
    const answer = await this.call(request);
    try {
      const parsed: T = JSON.parse(answer.text);
      return parsed;
    } catch {
      throw notJson(request.what, answer); // without the parser's message, which quotes the body
    }
  }

  /** The same, or undefined where Kubernetes says that it is not there. */
  async find<T>(request: Request): Promise<T | undefined> {
    try {
      return await this.json<T>(request);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The answer that stands after all safe repeats, whatever its status; an `ApiError` with status 0 when there is none. */
  async any(request: Request): Promise<Answer> {
    return this.#turnstile.run(async () => this.#repeated(request));
  }

  /**
   * The lines of a stream, which has a deadline for its first byte and then ends when the server ends it, when nothing
   * came for `quietMs`, or when `signal` aborts. Rejects with an `ApiError` where it was refused or breaks.
   */
  async *lines(request: Request & { readonly signal: AbortSignal }, quietMs: number): AsyncGenerator<string> {
    const watchdog = new Watchdog(request.signal, this.#deadlineMs);
    try {
      const response = await this.#open(request, watchdog.signal);
      if (response.httpStatusCode !== 200)
        throw refusedCall(request.what, await answerOf(response), request.mayBeUnserved);
      const stream = response.body.stream();
      if (stream === null) return;
      const decoder = new TextDecoder();
      let rest = '';
      watchdog.feed(quietMs);
      for await (const chunk of stream) {
        watchdog.feed(quietMs);
        const lines = decoder.decode(chunk, { stream: true }).split('\n');
        lines[0] = rest + (lines[0] ?? '');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line !== '') yield line;
      }
    } catch (error) {
      if (error instanceof ApiError || error instanceof NoCredentials) throw error;
      throw unansweredCall(request.what, error, this.#deadlineMs);
    } finally {
      watchdog.end();
    }
  }

  /** Lets go of the pooled connections. */
  close(): void {
    this.config.close();
  }

  /** The beginning of a stream; once more with fresher credentials where there were none, or they were refused. */
  async #open(request: Request, signal: AbortSignal): Promise<ResponseContext> {
    const { edition } = this.config;
    try {
      const response = await this.#send(request, signal);
      if (response.httpStatusCode !== 401 || !this.config.renewCredentials(edition)) return response;
    } catch (error) {
      if (!(error instanceof NoCredentials) || !this.config.renewCredentials(edition)) throw error;
    }
    return this.#send(request, signal);
  }

  async #repeated(request: Request): Promise<Answer> {
    const repeatable = request.method === 'GET' || request.repeatable === true;
    for (let attempt = 0, renewed = false; ; attempt++) {
      request.allowed?.(); // before a plugin is run in vain
      const { edition } = this.config;
      const { outcome, settle } = await this.#attempt(request);
      request.signal?.throwIfAborted();
      const refused = outcome.kind === 'no-credentials' || (outcome.kind === 'answer' && outcome.status === 401);
      if (refused && !renewed && this.config.renewCredentials(edition)) {
        renewed = true; // nothing was done: credentials that had run out were refused
        continue;
      }
      const attempts = request.attempts ?? this.#attempts;
      const pauseMs = pauseBeforeRetry(outcome, {
        attempt,
        repeatable,
        ...(attempts === undefined ? {} : { attempts }),
      });
      if (pauseMs === undefined) return settle();
      await this.clock.sleep(pauseMs, request.signal);
      request.signal?.throwIfAborted();
    }
  }

  async #attempt(request: Request): Promise<{ readonly outcome: Outcome; readonly settle: () => Answer }> {
    const deadlineMs = request.deadlineMs ?? this.#deadlineMs;
    const deadline = AbortSignal.timeout(deadlineMs);
    try {
      const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
      const answer = await answerOf(await this.#send(request, signal), request.mostBytes);
      const retryAfter = answer.headers['retry-after'];
      // What is on the way may have lost its own for a moment: repeated like the 503 that others say then.
      const status = isForeign404(answer, request.mayBeUnserved) ? 503 : answer.status;
      return { outcome: { kind: 'answer', status, retryAfter }, settle: () => answer };
    } catch (error) {
      if (error instanceof LostLease) throw error;
      const isOurs = error instanceof NoCredentials; // there was nothing to send
      return {
        outcome: isOurs ? { kind: 'no-credentials' } : outcomeOf(error),
        settle: () => {
          throw isOurs ? error : unansweredCall(request.what, error, deadlineMs);
        },
      };
    }
  }

  async #send(request: Request, signal: AbortSignal): Promise<ResponseContext> {
    const url = new URL(this.#server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    const context = new RequestContext(url.toString(), HttpMethod[request.method]);
    context.setHeaderParam('Accept', request.accept ?? 'application/json');
    context.setHeaderParam('User-Agent', 'istio-canary-upgrade');
    if (request.body !== undefined) {
      context.setHeaderParam('Content-Type', request.contentType ?? 'application/json');
      context.setBody(request.body);
    }
    await this.config.applySecurityAuthentication(context);
    context.setSignal(signal);
    request.allowed?.(); // once more: a plugin may have taken longer than the lease lasts
    return this.#http.send(context).toPromise();
  }
}

async function answerOf(response: ResponseContext, mostBytes?: number): Promise<Answer> {
  const text = mostBytes === undefined ? await response.body.text() : await textWithin(response, mostBytes);
  return { status: response.httpStatusCode, headers: response.headers, text };
}

async function textWithin({ body }: ResponseContext, mostBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body.stream() ?? []) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) throw new AnswerTooLarge(mostBytes); // leaving the loop cancels the stream
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const realClock: ClockPort = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/** Aborts its signal when it was not fed in time, or when the outer one aborts. */
class Watchdog {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(outer: AbortSignal, firstMs: number) {
    this.signal = AbortSignal.any([outer, this.#own.signal]);
    this.#timer = this.#arm(firstMs);
  }

  feed(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#arm(ms);
  }

  /** Also closes the stream, where it is still open. */
  end(): void {
    clearTimeout(this.#timer);
    this.#own.abort();
  }

  #arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#own.abort(new DOMException(`nothing came for ${String(ms / 1000)} s`, 'TimeoutError'));
    }, ms);
  }
}
