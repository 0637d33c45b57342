import { describe, expect, it } from 'vitest';
import { endingOfError } from '../../src/commands/ending-of-error.ts';
import { ApiError, BrokenWorld, Interrupted, LostLease, NoCredentials } from '../../src/shared/errors.ts';

const api = (status: number): ApiError =>
  new ApiError(`patch Namespace web: ${String(status)}`, { status, reason: '' });

describe('what stops a command from outside', () => {
  it.each([
    [new Interrupted('SIGTERM'), 'held', 'interrupted'],
    [new LostLease('the lease was taken over'), 'held', 'pre-empted'],
    [api(401), 'held', 'credentials-expired'],
    [new NoCredentials('the plugin failed', { remedy: 'Log in.' }), 'held', 'credentials-expired'],
    [api(403), 'broken', 'api-server'],
    [api(500), 'broken', 'api-server'],
    [new BrokenWorld('the tag does not stay', { remedy: 'See who moves it.' }), 'broken', 'broken'],
    [new TypeError('x is undefined'), 'broken', 'bug'],
  ])('%s ends it: %s, %s', (error, kind, reasonCode) => {
    expect(endingOfError(error, 'promote')).toMatchObject({ kind, reasonCode });
  });

  it('is followed by what to do, and by the command that goes on', () => {
    const { next, resumeCommand } = endingOfError(new NoCredentials('x', { remedy: 'Log in.' }), 'promote');
    expect(next).toMatch(/^Log in\. Then run `promote` again: it goes on where it stopped\. .*safe\.$/);
    expect(resumeCommand).toBe('promote');
  });
});
