// How does a broken world announce itself? One class per cause; expected endings are values, not these.

/** The API server refused or failed a request. `message` names verb, object and status; it never holds headers. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status; 0 when no answer came (network, deadline). */
  readonly status: number;
  /** Kubernetes' `status.reason`, such as `Conflict`, or the network error's code. */
  readonly reason: string;
  constructor(message: string, details: { status: number; reason: string; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.reason = details.reason;
  }
}

/** Someone else wrote the object first (409): read again and decide again. */
export const isConflict = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 409;
/** No answer, or a server's failure: whether it was done has to be looked up. */
export const mayBeDone = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 0 || error.status >= 500);
/** The object, or its kind, is not there (404). */
export const isNotFound = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 404;

/** The world failed mid-way: what happened, to which object, and what to do next. Ends a command as `broken`. */
export class BrokenWorld extends Error {
  override readonly name: string = 'BrokenWorld';
  readonly remedy: string;
  constructor(message: string, details: { remedy: string; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.remedy = details.remedy;
  }
}

/** The kubeconfig's credentials cannot be had, or have run out and nothing fresher is to be had. Ends a command as `held`. */
export class NoCredentials extends BrokenWorld {
  override readonly name: string = 'NoCredentials';
}

/** There are no credentials, or the API server does not take them, or not any more (401). */
export const lacksCredentials = (error: unknown): error is NoCredentials | ApiError =>
  error instanceof NoCredentials || (error instanceof ApiError && error.status === 401);

/** The lease or the journal now belongs to another run: stop before the next write. Ends a command as `held`. */
export class LostLease extends Error {
  override readonly name: string = 'LostLease';
}

/** The lease was not renewed for so long that another run may take it; `cause`, where there is one, is why. Nobody asked for it. */
export class UnrenewedLease extends LostLease {
  override readonly name: string = 'UnrenewedLease';
}

/** The journal was deleted under the run's hands: nobody knows any more what it changed. Ends a command as `held`. */
export class LostJournal extends LostLease {
  override readonly name: string = 'LostJournal';
}

/** The run was asked to stop (a signal, or a rollback that pre-empts it). Ends a command as `held`. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly reasonCode: 'interrupted' | 'pre-empted';
  constructor(message: string, reasonCode: 'interrupted' | 'pre-empted' = 'interrupted') {
    super(message);
    this.reasonCode = reasonCode;
  }
}

/** Somebody else keeps a field as it was and undoes what we wrote: named and left to people, never fought over. Ends a command as `held`. */
export class Contested extends Error {
  override readonly name = 'Contested';
  readonly remedy: string;
  constructor(message: string, details: { remedy: string }) {
    super(message);
    this.remedy = details.remedy;
  }
}
