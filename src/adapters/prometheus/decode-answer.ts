// What does an HTTP answer of the query API mean? Decides from status and shape alone; sends nothing, repeats nothing.
import type { PrometheusReply, QueryAnswer, Sample } from '../../ports/prometheus.ts';
import { beginningOf } from '../../shared/cut.ts';

export interface Decoded {
  readonly answer: QueryAnswer;
  /** The same question may be answered a moment later. */
  readonly worthRepeating: boolean;
  /** The server wants no request for so long. */
  readonly notBeforeMs?: number;
}

/** Exactly one meaning for every answer; never throws, and repeats no more of a body than the server's own error sentence. */
export function decodeAnswer(reply: PrometheusReply): Decoded {
  const { status } = reply;
  if (status >= 200 && status < 300) return decodeBody(reply);
  const words = serverWords(reply);
  const said = `HTTP ${String(status)}${words === undefined ? '' : `: ${words}`}`;
  if (status === 401 || status === 403) return final({ kind: 'misconfigured', cause: 'auth', reason: said });
  if (status >= 300 && status < 400) return final({ ...ELSEWHERE, reason: `${said}, a redirect${target(reply)}` });
  if (status === 408 || status === 429 || status >= 500) return { ...passing(said), notBeforeMs: retryAfterMs(reply) };
  if (status === 422 && passesBy(words ?? '')) return passing(said);
  if (status === 400 || status === 422) return final({ kind: 'misconfigured', cause: 'query', reason: said });
  return final({ ...ELSEWHERE, reason: said });
}

const ELSEWHERE = { kind: 'misconfigured', cause: 'not-prometheus' } as const;
const final = (answer: QueryAnswer): Decoded => ({ answer, worthRepeating: false });
const passing = (reason: string): Decoded => ({ answer: { kind: 'unreachable', reason }, worthRepeating: true });
const notPrometheus = (reason: string): Decoded => final({ kind: 'unreachable', cause: 'not-prometheus', reason });

function decodeBody({ body, contentType }: PrometheusReply): Decoded {
  if (contentType.includes('html') || body.trimStart().startsWith('<'))
    return notPrometheus('a web page came back instead of JSON (a login page or a proxy?)');
  if (body.trim() === '') return passing('the answer is empty');
  if (!body.trimStart().startsWith('{'))
    return notPrometheus(`the answer is no JSON of the Prometheus query API (${contentType || 'no content type'})`);
  const parsed = parse(body);
  if (parsed === undefined) return passing('the answer is not whole JSON');
  const document = fields(parsed);
  if (document?.['status'] === 'error') {
    const reason = oneLine(document['error']) ?? 'an error without a message';
    const type = document['errorType'];
    return type === 'bad_data' || (type === 'execution' && !passesBy(reason))
      ? final({ kind: 'misconfigured', cause: 'query', reason })
      : passing(reason);
  }
  const data = fields(document?.['data']);
  if (document?.['status'] !== 'success' || data === undefined)
    return notPrometheus('the answer is JSON, but not of the Prometheus query API');
  const samples = decodeData(data);
  if (typeof samples === 'string') return final({ kind: 'misconfigured', cause: 'query', reason: samples });
  if (samples === undefined) return passing('the answer has values that are no numbers');
  return final({ kind: 'vector', samples, warnings: warningsOf(document) });
}

/**
 * Stores behind one address report their own troubles as refused queries: Amazon's timeouts and Mimir's lost store-gateways are 422,
 * and VictoriaMetrics has no other status for a failed query. Their sentences tell them from a query that can't be parsed.
 */
const passesBy = (sentence: string): boolean =>
  /time[d ]? ?out|deadline exceeded|context canceled|rpc error|connection (?:refused|reset|closed|force)|unavailable|too many (?:outstanding|concurrent) requests|cannot (?:connect|dial|send)/iu.test(
    sentence,
  );

/** What the server says about the answer as a whole. VictoriaMetrics has a field of its own for what others warn of. */
function warningsOf(document: Fields): readonly string[] {
  const told: unknown = document['warnings'];
  const warnings = Array.isArray(told) ? told.flatMap((warning) => oneLine(warning) ?? []) : [];
  return document['isPartial'] === true ? [...warnings, 'isPartial: some storage nodes did not answer'] : warnings;
}

/** Host alone: a login's address carries state in its query. */
function target({ location }: PrometheusReply): string {
  const url = location === undefined ? null : URL.parse(location);
  return `${url === null ? '' : ` to ${url.origin}`}, which is not followed`;
}

/** Seconds; a date is as good as no wish, since whoever repeats has its own pauses. */
function retryAfterMs({ retryAfter }: PrometheusReply): number {
  const seconds = Number(retryAfter ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/** Samples; a sentence where the result has the wrong type; undefined where it is malformed. */
function decodeData({ resultType, result }: Fields): readonly Sample[] | string | undefined {
  if (resultType === 'scalar') {
    const value = decodeValue(result);
    return value === undefined ? undefined : [{ labels: {}, value }];
  }
  if (resultType !== 'vector')
    return `the query returns a ${String(resultType)}, where a number for each series is needed`;
  if (!Array.isArray(result)) return undefined;
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const row of result) {
    const { metric, value: raw, histogram } = fields(row) ?? {};
    if (raw === undefined && histogram !== undefined)
      return 'the query returns native histograms, where a number for each series is needed';
    const value = decodeValue(raw);
    const labels = fields(metric);
    if (value === undefined || labels === undefined) return undefined;
    const texts = Object.entries(labels).map(([name, text]): [string, string] => [name, String(text)]);
    seen.add(JSON.stringify(texts.toSorted(([a], [b]) => (a < b ? -1 : 1))));
    samples.push({ labels: Object.fromEntries(texts), value });
  }
  if (seen.size < samples.length) return 'the answer holds one series twice, which would be counted twice';
  return samples;
}

/** `[time, "value"]`: Prometheus writes numbers as strings, NaN and ±Inf included. */
function decodeValue(pair: unknown): number | undefined {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (typeof text !== 'string' || text.trim() === '') return undefined;
  if (text === 'NaN') return NaN;
  if (/^[+-]?Inf$/.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

type Fields = Readonly<Record<string, unknown>>;
function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}
function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/**
 * `error` as Prometheus has it, `message` as Kubernetes and Amazon, `error.message` as Google and Azure; Mimir and Cortex answer some
 * errors in plain text.
 */
function serverWords({ body, contentType }: PrometheusReply): string | undefined {
  const document = fields(parse(body));
  if (document === undefined) return contentType.startsWith('text/plain') ? oneLine(body) : undefined;
  const { error, message } = document;
  return oneLine(error) ?? oneLine(fields(error)?.['message']) ?? oneLine(message);
}

const MOST = 300;
function oneLine(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  return beginningOf(text.replaceAll(/\s+/g, ' ').trim(), MOST);
}
