// What does an HTTP answer of the query API mean? Decides from status and shape alone; sends nothing, repeats nothing.
import type { PrometheusReply, QueryAnswer, Sample } from '../../ports/prometheus.ts';

export interface Decoded {
  readonly answer: QueryAnswer;
  /** The same question may be answered a moment later. */
  readonly worthRepeating: boolean;
}

/** Exactly one meaning for every answer; never throws, and repeats no more of a body than Prometheus' own error sentence. */
export function decodeAnswer(reply: PrometheusReply): Decoded {
  const { status } = reply;
  const words = serverWords(reply);
  const said = `HTTP ${String(status)}${words === undefined ? '' : `: ${words}`}`;
  if (status === 401 || status === 403) return final({ kind: 'misconfigured', cause: 'auth', reason: said });
  if (status >= 300 && status < 400)
    return final({
      kind: 'misconfigured',
      cause: 'not-prometheus',
      reason: `${said}, a redirect, which is not followed`,
    });
  if (status === 408 || status === 429 || status >= 500) return passing(said);
  if (status === 400 || status === 422) return final({ kind: 'misconfigured', cause: 'query', reason: said });
  if (status < 200 || status >= 300) return final({ kind: 'misconfigured', cause: 'not-prometheus', reason: said });
  return decodeBody(reply);
}

const final = (answer: QueryAnswer): Decoded => ({ answer, worthRepeating: false });
const passing = (reason: string): Decoded => ({ answer: { kind: 'unreachable', reason }, worthRepeating: true });

function decodeBody({ body, contentType }: PrometheusReply): Decoded {
  if (contentType.includes('html') || body.trimStart().startsWith('<')) {
    const reason = 'a web page came back instead of JSON (a login page or a proxy?)';
    return final({ kind: 'unreachable', cause: 'not-prometheus', reason });
  }
  const parsed = parse(body);
  if (parsed === undefined) return passing('the answer is not whole JSON');
  const document = fields(parsed);
  if (document?.['status'] === 'error') {
    const reason = oneLine(document['error']) ?? 'an error without a message';
    return ['bad_data', 'execution'].includes(String(document['errorType']))
      ? final({ kind: 'misconfigured', cause: 'query', reason })
      : passing(reason);
  }
  const data = fields(document?.['data']);
  if (document?.['status'] !== 'success' || data === undefined) {
    const reason = 'the answer is JSON, but not of the Prometheus query API';
    return final({ kind: 'unreachable', cause: 'not-prometheus', reason });
  }
  const samples = decodeData(data);
  if (typeof samples === 'string') return final({ kind: 'misconfigured', cause: 'query', reason: samples });
  if (samples === undefined) return passing('the answer has values that are no numbers');
  const told: unknown = document['warnings'];
  const warnings = Array.isArray(told) ? told.flatMap((warning) => oneLine(warning) ?? []) : [];
  return final({ kind: 'vector', samples, warnings });
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
  for (const row of result) {
    const { metric, value: raw, histogram } = fields(row) ?? {};
    if (raw === undefined && histogram !== undefined)
      return 'the query returns native histograms, where a number for each series is needed';
    const value = decodeValue(raw);
    const labels = fields(metric);
    if (value === undefined || labels === undefined) return undefined;
    samples.push({
      labels: Object.fromEntries(Object.entries(labels).map(([name, text]) => [name, String(text)])),
      value,
    });
  }
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

/** Prometheus' `error` or Kubernetes' `message`, where the body is theirs. */
function serverWords({ status, body }: PrometheusReply): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  const document = fields(parse(body));
  return oneLine(document?.['error']) ?? oneLine(document?.['message']);
}

const MOST = 300;
function oneLine(text: unknown): string | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}
