import { describe, expect, it } from 'vitest';
import { checkExpectedCluster } from '../../../src/adapters/kubernetes/expected-cluster.ts';
import { NAMESPACE } from '../../../src/mesh/kinds.ts';
import { ApiError } from '../../../src/shared/errors.ts';
import { FakeCluster } from '../../fakes/fake-cluster.ts';

const UID = '0b1c2d3e-0000-4000-8000-0123456789ab';
const cluster = new FakeCluster([
  { apiVersion: NAMESPACE.apiVersion, kind: NAMESPACE.kind, metadata: { name: 'kube-system', uid: UID } },
]);
const check = async (expected: string) => checkExpectedCluster(expected, 'https://api.EU.example:6443', cluster);

describe('the expected cluster', () => {
  it.each([
    ['api.eu.example', 'host'],
    ['api.eu.example:6443', 'host and port'],
    ['API.eu.example', 'names have no case'],
    ['https://api.eu.example:6443', 'the whole address'],
    [UID, 'UID of kube-system'],
    [UID.toUpperCase(), 'UIDs have no case'],
  ])('is this one: %s (%s)', async (expected) => {
    expect(await check(expected)).toBeUndefined();
  });
  it.each([
    ['api.us.example', 'another host'],
    ['api.eu.example:443', 'another port'],
    ['eu.example', 'only a part'],
    ['0b1c2d3e', 'only a part'],
  ])('is another one: %s (%s)', async (expected) => {
    expect(await check(expected)).toMatchObject({
      id: 'other-cluster',
      severity: 'blocks',
      message: `this is the cluster at api.eu.example:6443 (kube-system has the UID ${UID}), and expect-cluster is ${expected}`,
    });
  });
  it('is another one as well where kube-system may not be read, and that is said', async () => {
    const blind = new FakeCluster();
    blind.before = () => {
      throw new ApiError('get Namespace kube-system: 403 Forbidden', { status: 403, reason: 'Forbidden' });
    };
    expect(await checkExpectedCluster(UID, 'https://api.eu.example', blind)).toMatchObject({
      id: 'other-cluster',
      remedy: expect.stringContaining('allowed to get the namespace kube-system'),
    });
  });
});
