// Why did a run stop on its way? What it is called, what is to be mended first, and which command goes on. Blames nobody for what nobody did.
import {
  ApiError,
  Interrupted,
  lacksCredentials,
  LostJournal,
  LostLease,
  NoCredentials,
  UnrenewedLease,
} from '../shared/errors.ts';

interface Stop {
  readonly reasonCode:
    | 'interrupted'
    | 'pre-empted'
    | 'journal-lost'
    | 'credentials-expired'
    | 'forbidden'
    | 'api-server';
  /** A sentence; absent where nothing needs to be mended. */
  readonly first?: string;
  /** `status` where another run is at work, or the journal is gone. */
  readonly resumeCommand: string;
}

/** The API server's own words, in the message, name verb and object. */
const ALLOW =
  'See who forbids it: a role that was taken away (docs/rbac has what each command needs), a policy or a quota.';
const RESTORE =
  'Restore the ConfigMap from a backup if there is one. Else run `status`: it says what the cluster shows, and how to go on or back without it (`journal-lost`).';

export function stopOf(error: Interrupted | LostLease, command: string): Stop {
  if (error instanceof Interrupted) return { reasonCode: error.reasonCode, resumeCommand: command };
  if (error instanceof LostJournal) return { reasonCode: 'journal-lost', first: RESTORE, resumeCommand: 'status' };
  if (!(error instanceof UnrenewedLease))
    return { reasonCode: 'pre-empted', first: 'Run `status` to see who works on it.', resumeCommand: 'status' };
  const unanswered = { reasonCode: 'api-server', first: 'See what ails the API server, or the way to it.' } as const;
  return { ...(refusalOf(error.cause) ?? unanswered), resumeCommand: command };
}

/** What the API server refuses, and what is to be done first: credentials that it does not take, or a right. Undefined for all else. */
export function refusalOf(
  error: unknown,
): { readonly reasonCode: 'credentials-expired' | 'forbidden'; readonly first: string } | undefined {
  if (error instanceof NoCredentials) return { reasonCode: 'credentials-expired', first: error.remedy };
  if (lacksCredentials(error)) return { reasonCode: 'credentials-expired', first: 'Log in to the cluster again.' };
  return isForbidden(error) ? { reasonCode: 'forbidden', first: ALLOW } : undefined;
}

const isForbidden = (error: unknown): boolean => error instanceof ApiError && error.status === 403;
