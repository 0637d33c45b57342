// Why did a run stop on its way? What it is called, what is to be mended first, and which command goes on. Blames nobody for what nobody did.
import { ApiError, Interrupted, LostLease, NoCredentials, UnrenewedLease } from '../shared/errors.ts';

interface Stop {
  readonly reasonCode: 'interrupted' | 'pre-empted' | 'credentials-expired' | 'api-server';
  /** A sentence; absent where nothing needs to be mended. */
  readonly first?: string;
  /** `status` where another run is at work. */
  readonly resumeCommand: string;
}

export function stopOf(error: Interrupted | LostLease, command: string): Stop {
  if (error instanceof Interrupted) return { reasonCode: error.reasonCode, resumeCommand: command };
  if (!(error instanceof UnrenewedLease))
    return { reasonCode: 'pre-empted', first: 'Run `status` to see who works on it.', resumeCommand: 'status' };
  const { cause } = error;
  if (cause instanceof NoCredentials)
    return { reasonCode: 'credentials-expired', first: cause.remedy, resumeCommand: command };
  if (cause instanceof ApiError && cause.status === 401)
    return { reasonCode: 'credentials-expired', first: 'Log in to the cluster again.', resumeCommand: command };
  return {
    reasonCode: 'api-server',
    first: 'See what ails the API server, or the way to it.',
    resumeCommand: command,
  };
}
