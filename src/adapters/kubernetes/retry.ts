// When is a call to the API server made again, and after how long? Refuses to repeat what may have been done where twice is not once.

export type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter: string | undefined }
  /** `sent: false` when no connection came about, so that the server has seen nothing. `fatal`: trying again can't help. */
  | { readonly kind: 'no-answer'; readonly sent: boolean; readonly fatal: boolean }
  /** Nothing was sent: the kubeconfig brings no credentials. */
  | { readonly kind: 'no-credentials' };

const ATTEMPTS = 8;
const FIRST_MS = 250;
const LONGEST_MS = 10_000;
const LONGEST_ASKED_MS = 30_000;

/**
 * Milliseconds to wait before the next attempt, or undefined when the outcome stands. `attempt` counts from 0; a `repeatable` call
 * comes to the same whether it is done once or twice. 429 with Retry-After means "not done, come back" for every verb; the rest is
 * only safe for repeatable calls, or where nothing was sent.
 */
export function pauseBeforeRetry(
  outcome: Outcome,
  call: { readonly attempt: number; readonly repeatable: boolean; readonly attempts?: number },
  random: () => number = Math.random,
): number | undefined {
  if (outcome.kind === 'no-credentials' || call.attempt + 1 >= (call.attempts ?? ATTEMPTS)) return undefined;
  const backoff = Math.min(LONGEST_MS, FIRST_MS * 2 ** call.attempt) * (0.5 + random() / 2);
  if (outcome.kind === 'no-answer') return !outcome.fatal && (call.repeatable || !outcome.sent) ? backoff : undefined;
  const { status } = outcome;
  if (status === 429) {
    const asked = Number(outcome.retryAfter ?? Number.NaN) * 1000;
    if (Number.isFinite(asked) && asked >= 0) return Math.max(backoff, Math.min(asked, LONGEST_ASKED_MS));
    return call.repeatable ? backoff : undefined;
  }
  return call.repeatable && status >= 500 && status !== 501 ? backoff : undefined;
}
