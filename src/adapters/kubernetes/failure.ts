// What went wrong with a call, in one sentence? Names verb, object and status; never quotes headers or a whole body.
import { beginningOf } from '../../shared/cut.ts';
import { CONNECTIONS } from '../../shared/error-words.ts';
import { ApiError } from '../../shared/errors.ts';
import type { Outcome } from './retry.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** More bytes than the caller can use: the rest was not read. */
export class AnswerTooLarge extends Error {
  override readonly name = 'AnswerTooLarge';
  constructor(mostBytes: number) {
    super(`the answer is larger than ${String(mostBytes / 1024 / 1024)} MiB`);
  }
}

const LONGEST = 600;
/** Errors of a connection that never came about. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** OpenSSL's and Node's names for a certificate that does not do. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_)|SELF_SIGNED|ALTNAME/u;

/**
 * An answer that is no success, as an `ApiError` with Kubernetes' own reason and message where it gave one. `mayBeUnserved`: the
 * API server may not know the kind.
 */
export function refusedCall(what: string, answer: Answer, mayBeUnserved = false): ApiError {
  const status = statusIn(answer);
  if (isForeign404(answer, mayBeUnserved)) {
    // Must not pass for "the object is not there".
    const message = `${what}: 404, but not from Kubernetes (${contentTypeOf(answer)}); is this the API server?`;
    return new ApiError(message, { status: 0, reason: 'NotKubernetes' });
  }
  const told = status?.message ?? `the answer is not Kubernetes' (${contentTypeOf(answer)})`;
  const reason = status?.reason ?? '';
  return new ApiError(
    `${what}: ${[String(answer.status), reason].filter(Boolean).join(' ')}: ${beginningOf(told, LONGEST)}`,
    {
      status: answer.status,
      reason,
    },
  );
}

/** No answer at all, as an `ApiError` with status 0 and the network error's code as reason. */
export function unansweredCall(what: string, error: unknown, timeoutMs: number): ApiError {
  const code = networkCode(error);
  const why =
    error instanceof AnswerTooLarge
      ? error.message
      : isTimeout(error)
        ? `no answer within ${String(timeoutMs / 1000)} s`
        : `no answer (${[CONNECTIONS[code] ?? [], code].flat().join(', ')})`;
  const hint = CERTIFICATE.test(code)
    ? "; the API server's certificate is not the one that the kubeconfig's certificate-authority vouches for"
    : '';
  return new ApiError(`${what}: ${why}${hint}`, { status: 0, reason: code, cause: error });
}

export function outcomeOf(error: unknown): Outcome {
  const code = networkCode(error);
  return { kind: 'no-answer', sent: !UNSENT.has(code), fatal: CERTIFICATE.test(code) };
}

/** A 404 from something on the way to the API server, or instead of it: it proves nothing about an object. */
export const isForeign404 = (answer: Answer, mayBeUnserved = false): boolean =>
  answer.status === 404 && statusIn(answer) === undefined && !(mayBeUnserved && isUnserved(answer));

/**
 * How the API server answers for a group, version or resource that it does not serve; and every other program in Go for any path it does
 * not know, such as a proxy whose way to the API server is gone for a moment. So it is believed only where such a kind may be asked for.
 */
const isUnserved = ({ text }: Answer): boolean => /^404 page not found\s*$/u.test(text);

/** A success whose body is something else than JSON, such as a login page. */
export const notJson = (what: string, answer: Answer): ApiError =>
  new ApiError(
    `${what}: ${String(answer.status)}, but the answer is not JSON (${contentTypeOf(answer)}); is this the API server?`,
    { status: 0, reason: 'NotJson' },
  );

export interface StatusObject {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}
/** Kubernetes' `Status`, wherever it came from; undefined for anything else. */
export function asStatus(value: unknown): StatusObject | undefined {
  if (typeof value !== 'object' || value === null || !('kind' in value) || value.kind !== 'Status') return undefined;
  const code = 'code' in value && typeof value.code === 'number' ? value.code : 0;
  const reason = 'reason' in value && typeof value.reason === 'string' ? value.reason : '';
  const message = 'message' in value && typeof value.message === 'string' ? value.message : 'no message';
  return { code, reason, message };
}

function statusIn(answer: Answer): StatusObject | undefined {
  try {
    return asStatus(JSON.parse(answer.text));
  } catch {
    return undefined;
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && error.name === 'TimeoutError';

/** `ECONNRESET` and the like: fetch hides it in its error's cause. */
function networkCode(error: unknown): string {
  if (isTimeout(error)) return 'Timeout';
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && at.code !== '') return at.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}

const contentTypeOf = (answer: Answer): string => answer.headers['content-type'] ?? 'no content type';
