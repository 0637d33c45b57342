// Whose denial keeps a source from being removed, and whose does not?
import { expect, it } from 'vitest';
import { whyConfigIsRefused } from '../../src/phases/prove-config-writable.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawVirtualServices } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';

const failed = (webhook: string): string =>
  `500 InternalError: Internal error occurred: failed calling webhook "${webhook}": failed to call webhook: Post "https://istiod.istio-system.svc:443/validate?timeout=10s": no endpoints available for service "istiod"`;
const denied = (webhook: string): string => `admission webhook "${webhook}" denied the request: it does`;

it.each<readonly [boolean, number, string, string]>([
  [true, 500, failed('validation.istio.io'), "the default validator's istiod does not answer"],
  [true, 500, failed('rev.validation.istio.io'), "a revision's validator does not"],
  [true, 400, denied('validation.istio.io'), 'istiod denies what is valid'],
  [
    true,
    403,
    'virtualservices.networking.istio.io is forbidden: User "ci" cannot create resource "virtualservices" in API group "networking.istio.io" in the namespace "istio-system"',
    'a right is missing',
  ],
  [false, 500, failed('validate.kyverno.svc-fail'), "somebody else's webhook does not answer"],
  [false, 403, `403 Forbidden: ${denied('validation.gatekeeper.sh')}`, "Gatekeeper's constraint"],
  [
    false,
    422,
    "virtualservices.networking.istio.io \"p\" is forbidden: ValidatingAdmissionPolicy 'teams' with binding 'teams' denied request: failed expression",
    'a ValidatingAdmissionPolicy',
  ],
  [false, 403, 'virtualservices.networking.istio.io "p" is forbidden: exceeded quota: counts', 'a quota'],
])('blocks: %s, by %i %s (%s)', async (blocks, status, message, _why) => {
  const cluster = new FakeCluster([rawVirtualServices]);
  cluster.before = () => {
    throw new ApiError(message, { status, reason: '' });
  };
  expect(await whyConfigIsRefused(cluster, 'istio-system')).toEqual({ why: message, blocks });
});
