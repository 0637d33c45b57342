import { expect, it } from 'vitest';
import { type Controller, missing } from './readiness.ts';

const deployment = (status: Controller['status'], spec: Controller['spec'] = { replicas: 2 }): Controller => ({
  kind: 'Deployment',
  metadata: { name: 'api', generation: 2 },
  spec,
  ...(status && { status }),
});
const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

it.each([
  ['nothing, when all is done', done, undefined],
  ['the controller, when the status is of an older generation', { ...done, observedGeneration: 1 }, 'not seen by'],
  ['available pods', { ...done, availableReplicas: 1 }, '1 of 2 pods available'],
  ['pods of the newest template', { ...done, updatedReplicas: 1 }, '1 of 2 pods on the newest template'],
  ['the end of old pods', { ...done, replicas: 3 }, '1 old pods left'],
])('misses %s', (_, status, expected) => {
  const why = missing(deployment(status));
  expect(why ?? 'nothing').toContain(expected ?? 'nothing');
});

it('expects no newer template under OnDelete, and none of a paused Deployment', () => {
  const status = { ...done, updatedReplicas: 0 };
  expect(missing(deployment(status, { replicas: 2, updateStrategy: { type: 'OnDelete' } }))).toBeUndefined();
  expect(missing(deployment(status, { replicas: 2, paused: true }))).toBeUndefined();
});

it('waits for the nodes of a DaemonSet', () => {
  const status = { observedGeneration: 2, desiredNumberScheduled: 0 };
  expect(missing({ ...deployment(status), kind: 'DaemonSet' })).toBe('no node for it yet');
});
