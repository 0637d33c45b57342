import { describe, expect, it } from 'vitest';
import { endingOfError } from '../../src/commands/ending-of-error.ts';
import {
  ApiError,
  BrokenWorld,
  Interrupted,
  LostJournal,
  LostLease,
  NoCredentials,
  UnrenewedLease,
} from '../../src/shared/errors.ts';

const api = (status: number): ApiError =>
  new ApiError(`patch Namespace web: ${String(status)}`, { status, reason: '' });

const unrenewed = (cause?: unknown): UnrenewedLease =>
  new UnrenewedLease('the lease could not be renewed for 50 s', cause === undefined ? {} : { cause });

describe('what stops a command from outside', () => {
  it.each([
    [new Interrupted('SIGTERM'), 'held', 'interrupted'],
    [new LostLease('the lease was taken over'), 'held', 'pre-empted'],
    [unrenewed(api(401)), 'held', 'credentials-expired'],
    [unrenewed(new NoCredentials('the plugin failed', { remedy: 'Log in.' })), 'held', 'credentials-expired'],
    [unrenewed(api(0)), 'held', 'api-server'],
    [unrenewed(), 'held', 'api-server'],
    [api(401), 'held', 'credentials-expired'],
    [new NoCredentials('the plugin failed', { remedy: 'Log in.' }), 'held', 'credentials-expired'],
    [new LostJournal('the journal was deleted'), 'held', 'journal-lost'],
    [api(403), 'held', 'forbidden'],
    [unrenewed(api(403)), 'held', 'forbidden'],
    [api(500), 'broken', 'api-server'],
    [new BrokenWorld('the tag does not stay', { remedy: 'See who moves it.' }), 'broken', 'broken'],
    [new TypeError('x is undefined'), 'broken', 'bug'],
  ])('%s ends it: %s, %s', (error, kind, reasonCode) => {
    expect(endingOfError(error, 'promote')).toMatchObject({ kind, reasonCode });
  });

  it('names another run only where there is one', () => {
    const taken = endingOfError(new LostLease('the lease was taken over by b'), 'promote');
    expect(taken).toMatchObject({ resumeCommand: 'status', next: expect.stringMatching(/^Run `status` to see who/u) });
    const away = endingOfError(unrenewed(api(0)), 'promote');
    expect(away.resumeCommand).toBe('promote');
    expect(away.next).toMatch(/^See what ails the API server, or the way to it\. Run `promote` again: it goes on/u);
    expect(endingOfError(unrenewed(api(401)), 'promote').next).toMatch(/^Log in to the cluster again\. Run `promote`/u);
  });

  it('sends nobody on without the journal that is gone', () => {
    const { next, resumeCommand } = endingOfError(new LostJournal('the journal was deleted'), 'promote');
    expect(next).toMatch(/^Restore the ConfigMap .* Else run `status`: .*\(`journal-lost`\)\. Both control planes/u);
    expect(next).not.toContain('goes on where it stopped');
    expect(resumeCommand).toBe('status');
  });

  it('says of what is forbidden where the missing rule is, and goes on once it is given back', () => {
    for (const error of [api(403), unrenewed(api(403))]) {
      const { next, resumeCommand } = endingOfError(error, 'promote');
      expect(next).toMatch(/docs\/rbac .* Run `promote` again: it goes on where it stopped\. Or run `rollback`\./u);
      expect(resumeCommand).toBe('promote');
    }
    expect(endingOfError(api(403), 'promote').sentence).toBe('patch Namespace web: 403');
  });

  it.each([
    ['plan', /^Check the way to the API server .* Run `plan` again: it writes nothing\. Doing nothing/u],
    ['status', /Run `status` again: it writes nothing\. Doing nothing/u],
    ['rollback', /Run `rollback` again: it goes on where it stopped\. Both control planes/u],
    ['promote', /Run `promote` again: it goes on where it stopped\. Or run `rollback`\. Both/u],
  ])('of `%s` offers a rollback only where there is something to take back: %s', (command, next) => {
    expect(endingOfError(api(0), command).next).toMatch(next);
  });

  it('of a reading command goes on nowhere, whatever stopped it', () => {
    for (const error of [new Interrupted('SIGTERM'), api(401), api(500), new TypeError('x')])
      expect(endingOfError(error, 'plan').next).not.toMatch(/rollback|goes on/u);
  });

  it('is followed by what to do, and by the command that goes on', () => {
    const { next, resumeCommand } = endingOfError(new NoCredentials('x', { remedy: 'Log in.' }), 'promote');
    expect(next).toMatch(/^Log in\. Then run `promote` again: it goes on where it stopped\. .*safe\.$/);
    expect(resumeCommand).toBe('promote');
  });
});
