import { describe, expect, it } from 'vitest';
import { decodeAnswer } from '../../../src/adapters/prometheus/decode-answer.ts';
import { secretKeeper } from '../../../src/shared/redact.ts';

const json = (body: unknown, status = 200) =>
  decodeAnswer({ status, contentType: 'application/json', body: JSON.stringify(body) });
const vector = (...values: unknown[]) => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: { ns: 'a' }, value: [1, value] })) },
});

describe('an answer of the query API', () => {
  it.each([
    ['12.5', 12.5],
    ['NaN', NaN],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['1e3', 1000],
  ])('turns the string %s into the number', (text, value) => {
    expect(json(vector(text)).answer).toEqual({
      kind: 'vector',
      samples: [{ labels: { ns: 'a' }, value }],
      warnings: [],
    });
  });

  it.each([
    ['a word', 'many'],
    ['nothing', ''],
    ['a bare number, which Prometheus never sends', 3],
  ])('takes %s for malformed, not for a value', (_, value) => {
    expect(json(vector(value))).toMatchObject({ answer: { kind: 'unreachable' }, worthRepeating: true });
  });

  it('takes no data for a vector without samples, since that is what Prometheus says', () => {
    expect(json(vector()).answer).toEqual({ kind: 'vector', samples: [], warnings: [] });
  });

  it('reads a scalar as one sample without labels', () => {
    expect(json({ status: 'success', data: { resultType: 'scalar', result: [1, '7'] } }).answer).toMatchObject({
      samples: [{ labels: {}, value: 7 }],
    });
  });

  it('passes warnings on, so that a partial answer is known', () => {
    expect(json({ ...vector('1'), warnings: ['store b: gone'] }).answer).toMatchObject({ warnings: ['store b: gone'] });
  });

  it.each([
    ['a range', { status: 'success', data: { resultType: 'matrix', result: [] } }, 'matrix'],
    ['a string', { status: 'success', data: { resultType: 'string', result: [1, 'x'] } }, 'string'],
    [
      'native histograms',
      { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] } },
      'histograms',
    ],
    ['an error with status 200', { status: 'error', errorType: 'bad_data', error: 'parse error at 3' }, 'parse error'],
  ])('says that repeating is useless for %s', (_, body, words) => {
    const { answer, worthRepeating } = json(body);
    expect(answer).toMatchObject({ kind: 'misconfigured', cause: 'query', reason: expect.stringContaining(words) });
    expect(worthRepeating).toBe(false);
  });

  it.each([
    [302, 'misconfigured', 'not-prometheus', false],
    [400, 'misconfigured', 'query', false],
    [401, 'misconfigured', 'auth', false],
    [403, 'misconfigured', 'auth', false],
    [404, 'misconfigured', 'not-prometheus', false],
    [422, 'misconfigured', 'query', false],
    [429, 'unreachable', undefined, true],
    [500, 'unreachable', undefined, true],
    [503, 'unreachable', undefined, true],
  ])('gives status %i one meaning', (status, kind, cause, worthRepeating) => {
    const decoded = json({ status: 'error', errorType: 'x', error: 'their words' }, status);
    expect(decoded.answer).toMatchObject({
      kind,
      reason: `HTTP ${String(status)}: their words${status === 302 ? ', a redirect, which is not followed' : ''}`,
    });
    expect(decoded.answer.kind === 'vector' ? 'vector' : decoded.answer.cause).toBe(cause);
    expect(decoded.worthRepeating).toBe(worthRepeating);
  });

  it('names a web page with status 200, and repeats none of it', () => {
    const page = { status: 200, contentType: 'text/html', body: '<html>secret</html>' };
    const { answer } = decodeAnswer(page);
    expect(answer).toMatchObject({ kind: 'unreachable', cause: 'not-prometheus' });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it('takes JSON of something else for something else', () => {
    expect(json({ hello: 'world' }).answer).toMatchObject({ kind: 'unreachable', cause: 'not-prometheus' });
  });

  it('asks again where the JSON was cut off', () => {
    const cut = { status: 200, contentType: 'application/json', body: '{"status":"success","data":{"resu' };
    expect(decodeAnswer(cut)).toMatchObject({ answer: { kind: 'unreachable' }, worthRepeating: true });
  });

  it("shortens a server's endless message to one line", () => {
    const { answer } = json({ status: 'error', error: `a\nb ${'x'.repeat(5000)}` }, 422);
    const reason = answer.kind === 'vector' ? '' : answer.reason;
    expect(reason.length).toBeLessThan(350);
    expect(reason).not.toContain('\n');
  });

  it('marks its cut, so that no half of a token that a gateway echoes stays', () => {
    const token = 'opaque-t0ken-9f8e7d6c5b4a';
    const keeper = secretKeeper();
    keeper.add(token);
    const body = `${'x'.repeat(280)} Bearer ${token}`;
    const { answer } = decodeAnswer({ status: 403, contentType: 'text/plain', body });
    const reason = answer.kind === 'vector' ? '' : answer.reason;
    expect(keeper.clean(`${reason}; ask again`)).toBe(`HTTP 403: ${'x'.repeat(280)} Bearer ***…; ask again`);
  });
});
