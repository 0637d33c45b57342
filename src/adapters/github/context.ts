// Which run, which attempt, which job is this, and who asked? From the toolkit's context.
import type { RunContext } from '../../ports/edge.ts';

/** The slice of `@actions/github`'s context that is used. */
export interface RunnerContext {
  readonly actor: string;
  readonly serverUrl: string;
  readonly repository: string;
  readonly runId: number;
  readonly runAttempt: number;
  readonly job: string;
}

/** The matrix legs of a job share all but the nonce. */
export function runContext(runner: RunnerContext, nonce: string): RunContext {
  const attempt = Number.isInteger(runner.runAttempt) && runner.runAttempt > 0 ? runner.runAttempt : 1;
  const url = `${runner.serverUrl}/${runner.repository}/actions/runs/${String(runner.runId)}`;
  const runPrefix = `${url}/attempts/${String(attempt)}`;
  return {
    actor: runner.actor,
    url,
    attempt,
    job: runner.job,
    runPrefix,
    holder: `${runPrefix} job ${runner.job} ${nonce}`,
    requestedBy: `${runner.actor} (${runPrefix})`,
  };
}
