// What do the stores that speak Prometheus' query API answer differently? Shapes and statuses as documented, sentences shortened: each has one meaning.
import { describe, expect, it } from 'vitest';
import { decodeAnswer } from '../../../src/adapters/prometheus/decode-answer.ts';
import { missingPart } from '../../../src/phases/ask-prometheus.ts';

const said = (status: number, body: string | object, contentType = 'application/json') =>
  decodeAnswer({ status, contentType, body: typeof body === 'string' ? body : JSON.stringify(body) });
const vector = (more: object) => ({
  status: 'success',
  ...more,
  data: { resultType: 'vector', result: [{ metric: {}, value: [1, '1'] }] },
});
const missing = (body: object): string | undefined => {
  const { answer } = said(200, body);
  return answer.kind === 'vector' ? missingPart(answer) : answer.reason;
};

const AUTH = { kind: 'misconfigured', cause: 'auth' };
const QUERY = { kind: 'misconfigured', cause: 'query' };
const NOT_PROMETHEUS = { kind: 'misconfigured', cause: 'not-prometheus' };
const LATER = { kind: 'unreachable' };

describe('a partial answer is no answer', () => {
  it.each([
    // thanos.io/tip/components/query.md, "Partial Response Strategy": status success, and warnings.
    [
      'Thanos, a store that is down',
      { warnings: ['receive series from Addr: 10.0.0.7:10901: rpc error: code = Unavailable'] },
    ],
    // pkg/store/proxy.go: no store fits the external labels in the selectors.
    ['Thanos, no store for the matchers', { warnings: ['No StoreAPIs matched for this query'] }],
    // docs.victoriametrics.com/cluster-victoriametrics, "Cluster availability": "isPartial": true at the top.
    ['VictoriaMetrics cluster, a vmstorage that is down', { isPartial: true }],
    // prometheus.io/docs/prometheus/latest/querying/api, remote read that fails while the local store answers.
    [
      'Prometheus, a remote store that is down',
      { warnings: ['remote_read: remote server https://x returned HTTP status 500'] },
    ],
  ])('of %s', (_, more) => {
    expect(missing(vector(more))).toBeDefined();
  });

  it.each([
    ['a warning about the query', { warnings: ['PromQL warning: encountered a mix of histograms and floats'] }],
    // Prometheus 2 and stores built on it have remarks among the warnings; 3 has a list of its own.
    ['a remark among the warnings', { warnings: ['PromQL info: metric might not be a counter'] }],
    ['a remark', { infos: ['PromQL info: metric might not be a counter'] }],
    ['a whole answer of a VictoriaMetrics cluster', { isPartial: false }],
    ["Mimir's empty lists", { warnings: [], infos: [] }],
  ])('but %s does not make it one', (_, more) => {
    expect(missing(vector(more))).toBeUndefined();
  });
});

describe('an error, in the words of each store', () => {
  it.each([
    // grafana.com/docs/mimir/latest/manage/secure/authentication-and-authorization: no X-Scope-OrgID. In plain text.
    ['Mimir and Cortex without a tenant', 401, 'no org id\n', 'text/plain; charset=utf-8', AUTH, 'HTTP 401: no org id'],
    [
      'Mimir without its prefix',
      404,
      '404 page not found\n',
      'text/plain; charset=utf-8',
      NOT_PROMETHEUS,
      '404 page not found',
    ],
    // grafana.com/docs/mimir/latest/manage/mimir-runbooks: limits are 422 and stay so.
    [
      'Mimir, a query over a limit',
      422,
      {
        status: 'error',
        errorType: 'execution',
        error:
          'the query exceeded the maximum number of chunks (limit: 2000000 chunks) (err-mimir-max-chunks-per-query)',
      },
      'application/json',
      QUERY,
      'err-mimir-max-chunks-per-query',
    ],
    // github.com/grafana/mimir/issues/8139: a lost store-gateway is 422 too, and passes by.
    [
      'Mimir, a store-gateway that was lost',
      422,
      {
        status: 'error',
        errorType: 'execution',
        error:
          'attempted to read series at index 0 from store-gateway chunks stream, but the stream has failed: rpc error: code = Internal',
      },
      'application/json',
      LATER,
      'store-gateway',
    ],
    [
      'Mimir and Cortex, a queue that is full',
      429,
      { status: 'error', errorType: 'too_many_requests', error: 'too many outstanding requests' },
      'application/json',
      LATER,
      'outstanding',
    ],
    // docs.aws.amazon.com/prometheus/latest/userguide/AMP-troubleshooting, "HTTP 422 error: query timeout".
    [
      "Amazon's, a query that took too long",
      422,
      { status: 'error', errorType: 'execution', error: 'query timed out in expression evaluation' },
      'application/json',
      LATER,
      'timed out',
    ],
    [
      "Amazon's, a request without a signature",
      403,
      { message: 'Missing Authentication Token' },
      'application/json',
      AUTH,
      'Missing Authentication Token',
    ],
    // cloud.google.com/apis/design/errors: the error is an object.
    [
      "Google's, a token that has expired",
      401,
      { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } },
      'application/json',
      AUTH,
      'invalid authentication credentials',
    ],
    [
      "Google's, a parameter it does not know",
      400,
      {
        error: {
          code: 400,
          message: 'Invalid JSON payload received. Unknown name "dedup"',
          status: 'INVALID_ARGUMENT',
        },
      },
      'application/json',
      QUERY,
      'Unknown name "dedup"',
    ],
    // github.com/microsoft/api-guidelines: the error is an object.
    [
      "Azure's, a token for another audience",
      403,
      { error: { code: 'AuthorizationFailed', message: 'The access token is from wrong audience or resource.' } },
      'application/json',
      AUTH,
      'wrong audience',
    ],
    // app/vmselect/prometheus/error_response.qtpl: the status is the type, and 422 whatever went wrong.
    [
      'VictoriaMetrics, a query it cannot parse',
      422,
      { status: 'error', errorType: '422', error: 'cannot parse "sum(": unexpected end' },
      'application/json',
      QUERY,
      'cannot parse',
    ],
    [
      'VictoriaMetrics, a query that took too long',
      422,
      { status: 'error', errorType: '422', error: 'timeout exceeded during the query: 30.000 seconds' },
      'application/json',
      LATER,
      'timeout',
    ],
    [
      'VictoriaMetrics, a vmstorage that is down',
      422,
      { status: 'error', errorType: '422', error: 'cannot fetch search results: cannot connect to storage node' },
      'application/json',
      LATER,
      'storage node',
    ],
    [
      'Thanos, a store that is down with partial_response=false',
      503,
      { status: 'error', errorType: 'unavailable', error: 'rpc error: code = Unavailable' },
      'application/json',
      LATER,
      'Unavailable',
    ],
    // kubernetes:// without a pod behind the service, from the API server itself.
    [
      'a service without endpoints',
      503,
      { kind: 'Status', status: 'Failure', message: 'no endpoints available for service "prometheus"', code: 503 },
      'application/json',
      LATER,
      'no endpoints available',
    ],
  ])('%s', (_, status, body, contentType, expected, words) => {
    const { answer, worthRepeating } = said(status, body, contentType);
    expect(answer).toMatchObject({ ...expected, reason: expect.stringContaining(words) });
    expect(worthRepeating).toBe(expected === LATER);
  });
});
