import { describe, expect, it } from 'vitest';
import { causeOf, outcomeOf, subjectOf } from '../../src/slo/signals.ts';

const labels = (response_code: string, response_flags = '-', grpc_response_status = '') => ({
  response_code,
  response_flags,
  grpc_response_status,
});

describe('what became of a request', () => {
  it.each([
    ['an answer', labels('200'), 'succeeded'],
    ["a caller's mistake", labels('404'), 'succeeded'],
    ['a server error', labels('500'), 'failed'],
    ['no healthy upstream', labels('503', 'UH'), 'failed'],
    ['no answer at all', labels('0', 'UF'), 'failed'],
    ['no answer and no flag', labels('0'), 'failed'],
    ['a caller that hung up', labels('0', 'DC'), 'client-gone'],
    ['a caller that hung up, among other flags', labels('0', 'UT,DC'), 'client-gone'],
    ['a caller that hung up on a server error', labels('503', 'DC'), 'failed'],
    ['gRPC OK', labels('200', '-', '0'), 'succeeded'],
    ['gRPC NOT_FOUND', labels('200', '-', '5'), 'succeeded'],
    ['gRPC UNAVAILABLE with HTTP 200', labels('200', '-', '14'), 'failed'],
    ['a route that does not exist', labels('404', 'NR'), 'no-route'],
    ['no route, answered 503', labels('503', 'NR'), 'failed'],
    ['no labels at all', {}, 'succeeded'],
    ['an answer without flags', { response_code: '200' }, 'succeeded'],
    ['a connection that got through', { response_flags: 'DR' }, 'succeeded'],
    ['a connection that did not, by one of its flags', { response_flags: 'UF,DR' }, 'failed'],
  ] as const)('%s: %o is %s', (_, given, outcome) => {
    expect(outcomeOf(given)).toBe(outcome);
  });
});

describe("a failure's cause", () => {
  it.each([
    [labels('503', 'UH'), '503 UH'],
    [labels('500'), '500'],
    [labels('200', '-', '14'), 'gRPC 14'],
    [labels('200', 'UH', '14'), 'gRPC 14 UH'],
    [labels('500', ''), '500'],
    [{ response_code: '500' }, '500'],
    [{ response_flags: 'UF' }, 'UF'],
    [{}, '?'],
  ])("of %o is in Envoy's words: %s", (given, cause) => {
    expect(causeOf(given)).toBe(cause);
  });
});

describe('a subject', () => {
  it.each([
    ['client', { destination_service_namespace: 'a' }, 'a'],
    ['gateway', { source_workload_namespace: 'edge', source_workload: 'in' }, 'edge/in'],
    ['gateway', { source_workload: 'in' }, '/in'],
    ['server', {}, ''],
  ] as const)(
    'of the signal %s is named by its own labels, an absent one being empty: %o',
    (signal, given, subject) => {
      expect(subjectOf(signal, given)).toBe(subject);
    },
  );
});
