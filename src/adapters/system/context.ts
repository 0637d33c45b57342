// Who runs us outside GitHub, and where can that run be seen? The CI systems' own variables, else user and host.
import type { RunContext } from '../../ports/edge.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Machine {
  readonly env: Environment;
  readonly user: string;
  readonly host: string;
  /** Random, for this process alone. */
  readonly nonce: string;
}

/** What each CI system calls them; the first one that says its URL counts. */
const CI = [
  { url: 'CI_JOB_URL', actor: 'GITLAB_USER_LOGIN', job: 'CI_JOB_NAME' },
  { url: 'BUILDKITE_BUILD_URL', actor: 'BUILDKITE_BUILD_CREATOR', job: 'BUILDKITE_LABEL' },
  { url: 'BUILD_URL', actor: 'BUILD_USER_ID', job: 'JOB_NAME' },
] as const;

/** Always complete: what nobody says is empty, and the actor then is `user@host`. */
export function machineContext({ env, user, host, nonce }: Machine): RunContext {
  const ci = CI.find(({ url }) => (env[url] ?? '') !== '');
  const actor = (ci === undefined ? '' : (env[ci.actor] ?? '')) || `${user}@${host}`;
  const url = ci === undefined ? '' : (env[ci.url] ?? '');
  const job = ci === undefined ? '' : (env[ci.job] ?? '');
  const runPrefix = url === '' ? `${actor} ${nonce}` : `${url} attempt 1`;
  return {
    actor,
    url,
    attempt: 1,
    job,
    runPrefix,
    holder: url === '' ? runPrefix : [runPrefix, ...(job === '' ? [] : [`job ${job}`]), nonce].join(' '),
    requestedBy: url === '' ? actor : `${actor} (${url})`,
  };
}
