import { expect, it } from 'vitest';
import { outcomeOf, unansweredCall } from '../../../src/adapters/kubernetes/failure.ts';
import { type Outcome, pauseBeforeRetry } from '../../../src/adapters/kubernetes/retry.ts';

const answer = (status: number, retryAfter?: string): Outcome => ({ kind: 'answer', status, retryAfter });
const failed = (code: string): Error =>
  new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) });

it.each<[Outcome, boolean, boolean, string]>([
  [answer(200), true, false, 'a success'],
  [answer(404), true, false, 'an answer'],
  [answer(409), true, false, 'the caller must decide again'],
  [answer(500), true, true, 'a stumble, and nothing was changed'],
  [answer(500), false, false, 'it may have been done'],
  [answer(501), true, false, 'it never will be implemented'],
  [answer(504), true, true, 'a proxy gave up'],
  [answer(429), true, true, 'too many, and nothing was changed'],
  [answer(429), false, false, 'a webhook may say so too'],
  [answer(429, '1'), false, true, 'nothing was done, says the API server'],
  [answer(429, 'soon'), false, false, 'not a number of seconds'],
  [outcomeOf(failed('ECONNRESET')), true, true, 'nothing was changed'],
  [outcomeOf(failed('ECONNRESET')), false, false, 'it may have been done'],
  [outcomeOf(failed('ECONNREFUSED')), false, true, 'nothing was sent'],
  [outcomeOf(failed('ENOTFOUND')), false, true, 'nothing was sent'],
  [outcomeOf(failed('UND_ERR_CONNECT_TIMEOUT')), false, true, 'nothing was sent'],
  [outcomeOf(failed('DEPTH_ZERO_SELF_SIGNED_CERT')), true, false, 'it will be the same certificate'],
  [outcomeOf(failed('CERT_HAS_EXPIRED')), true, false, 'it will be the same certificate'],
  [outcomeOf(new DOMException('late', 'TimeoutError')), true, true, 'nothing was changed'],
  [outcomeOf(new DOMException('late', 'TimeoutError')), false, false, 'it may have been done'],
])('%j of a repeatable (%s) call is repeated: %s (%s)', (outcome, repeatable, repeated) => {
  expect(pauseBeforeRetry(outcome, { attempt: 0, repeatable }) !== undefined).toBe(repeated);
});

it('waits longer each time, and gives up after eight attempts', () => {
  const pauses = Array.from({ length: 8 }, (_, attempt) =>
    pauseBeforeRetry(answer(500), { attempt, repeatable: true }, () => 1),
  );
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, undefined]);
});

it('says what is wrong with a certificate', () => {
  expect(unansweredCall('get Pod a/b', failed('CERT_HAS_EXPIRED'), 30_000).message).toBe(
    "get Pod a/b: no answer (CERT_HAS_EXPIRED); the API server's certificate is not the one that the kubeconfig's certificate-authority vouches for",
  );
});

it('says in words why nobody answered', () => {
  expect(unansweredCall('get Pod a/b', failed('ECONNREFUSED'), 30_000).message).toBe(
    'get Pod a/b: no answer (the connection was refused, ECONNREFUSED)',
  );
  expect(unansweredCall('get Pod a/b', failed('EODD'), 30_000).message).toBe('get Pod a/b: no answer (EODD)');
});
