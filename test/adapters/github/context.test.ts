import { describe, expect, it } from 'vitest';
import { runContext } from '../../../src/adapters/github/context.ts';

const RUNNER = {
  actor: 'octocat',
  serverUrl: 'https://github.com',
  repository: 'example/mesh',
  runId: 42,
  runAttempt: 2,
  job: 'promote',
};

describe("a run's context", () => {
  it('names run, attempt and job, so that a person finds the page', () => {
    expect(runContext(RUNNER, 'abcd')).toEqual({
      actor: 'octocat',
      url: 'https://github.com/example/mesh/actions/runs/42',
      attempt: 2,
      job: 'promote',
      runPrefix: 'https://github.com/example/mesh/actions/runs/42/attempts/2',
      holder: 'https://github.com/example/mesh/actions/runs/42/attempts/2 job promote abcd',
      requestedBy: 'octocat (https://github.com/example/mesh/actions/runs/42/attempts/2)',
    });
  });

  it('tells two legs of a matrix apart, and knows that they are of one run', () => {
    const [one, two] = [runContext(RUNNER, 'aaaa'), runContext(RUNNER, 'bbbb')];
    expect(one.holder).not.toBe(two.holder);
    expect(two.holder.startsWith(one.runPrefix)).toBe(true);
  });

  it('takes an attempt that is no number for the first', () => {
    expect(runContext({ ...RUNNER, runAttempt: Number.NaN }, 'a').attempt).toBe(1);
  });
});
