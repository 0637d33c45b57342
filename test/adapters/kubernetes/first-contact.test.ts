import { describe, expect, it } from 'vitest';
import { firstContact } from '../../../src/adapters/kubernetes/first-contact.ts';
import { ApiError, NoCredentials } from '../../../src/shared/errors.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';

const failing = (error: Error): Pick<FakeCluster, 'identity'> => ({
  identity: async () => {
    throw error;
  },
});

describe('the first contact', () => {
  it('tells whom we talk to', async () => {
    const cluster = new FakeCluster();
    expect(await firstContact(cluster)).toEqual({ kind: 'ok', value: cluster.who });
  });

  it.each([
    [new ApiError('read: 401 Unauthorized', { status: 401, reason: 'Unauthorized' }), 'Log in to the cluster again'],
    [new NoCredentials('the plugin failed', { remedy: 'Run it by hand.' }), 'Run it by hand.'],
  ])('is refused with %s, and what to do', async (error, remedy) => {
    expect(await firstContact(failing(error))).toMatchObject({
      kind: 'problems',
      problems: [{ id: 'credentials-refused', message: error.message, remedy: expect.stringContaining(remedy) }],
    });
  });

  it('says nothing about a server that does not answer', async () => {
    const silence = new ApiError('read: no answer', { status: 0, reason: 'ECONNREFUSED' });
    await expect(firstContact(failing(silence))).rejects.toBe(silence);
  });
});
