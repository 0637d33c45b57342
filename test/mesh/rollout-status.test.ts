import { describe, expect, it } from 'vitest';
import { rolloutStatus } from '../../src/mesh/rollout-status.ts';
import { type RawWorkload, rawWorkload } from '../builders/raw.ts';

type Outcome = 'done' | 'waiting' | 'failed';
const outcome = (over: RawWorkload): Outcome => {
  const { done, failed } = rolloutStatus(rawWorkload(over));
  return done ? 'done' : failed ? 'failed' : 'waiting';
};
const progressing = (reason: string) => [{ type: 'Progressing', status: 'False', reason }];
const quota = { type: 'ReplicaFailure', status: 'True', message: 'pods "api-x" is forbidden: exceeded quota: pods' };
const onDelete = { updateStrategy: { type: 'OnDelete' } };
const partitioned = (partition: number) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } },
});

describe('rolloutStatus', () => {
  it.each<readonly [RawWorkload, Outcome, string]>([
    [{}, 'done', 'all new and available'],
    [{ meta: { generation: 4 } }, 'waiting', 'the numbers are still about the old spec'],
    [{ status: { observedGeneration: 0 } }, 'waiting', 'never seen by its controller'],
    [
      { meta: { generation: 4 }, status: { conditions: progressing('ProgressDeadlineExceeded') } },
      'waiting',
      'an old failure',
    ],
    [{ status: { conditions: progressing('ProgressDeadlineExceeded') } }, 'failed', 'Kubernetes has given up'],
    [{ status: { updatedReplicas: 1 } }, 'waiting', 'one new pod is missing'],
    [{ status: { conditions: [quota] } }, 'done', 'a refusal of the past does not count'],
    [{ status: { replicas: 3 } }, 'waiting', 'an old pod is still there'],
    [{ available: 1 }, 'waiting', 'a new pod is not available yet'],
    [{ replicas: 0 }, 'done', 'nothing was to be done'],
    [{ kind: 'StatefulSet' }, 'done', 'all new and ready'],
    [{ kind: 'StatefulSet', meta: { generation: 4 } }, 'waiting', 'generation first'],
    [{ kind: 'StatefulSet', available: 1 }, 'waiting', 'one is not ready'],
    [{ kind: 'StatefulSet', status: { updatedReplicas: 1 } }, 'waiting', 'one is still old'],
    [
      { kind: 'StatefulSet', spec: partitioned(0), status: { updatedReplicas: 1 } },
      'waiting',
      'partition 0 holds none back',
    ],
    [
      { kind: 'StatefulSet', spec: partitioned(1), status: { updatedReplicas: 1 } },
      'done',
      'the partition holds one back',
    ],
    [
      { kind: 'StatefulSet', spec: partitioned(1), status: { updatedReplicas: 0 } },
      'waiting',
      'the other is to be updated',
    ],
    [{ kind: 'StatefulSet', spec: onDelete }, 'failed', 'it waits for somebody to delete pods'],
    [{ kind: 'DaemonSet' }, 'done', 'new and available on every node'],
    [{ kind: 'DaemonSet', meta: { generation: 4 } }, 'waiting', 'generation first'],
    [{ kind: 'DaemonSet', status: { updatedNumberScheduled: 1 } }, 'waiting', 'one node has the old pod'],
    [{ kind: 'DaemonSet', available: 1 }, 'waiting', 'one node has none that is available'],
    [{ kind: 'DaemonSet', replicas: 0 }, 'done', 'no node wants it'],
    [{ kind: 'DaemonSet', spec: onDelete }, 'failed', 'it waits for somebody to delete pods'],
  ])('of %j is %s: %s', (over, expected) => {
    expect(outcome(over)).toBe(expected);
  });

  it.each<readonly [RawWorkload, string]>([
    [{ status: { updatedReplicas: 1 } }, '1 of 2 new pods have been created'],
    [
      { status: { updatedReplicas: 1, conditions: [quota] } },
      '1 of 2 new pods have been created: pods "api-x" is forbidden: exceeded quota: pods',
    ],
    [{ status: { replicas: 3 } }, '1 old pods are pending termination'],
    [
      { kind: 'StatefulSet', spec: partitioned(1), status: { updatedReplicas: 1 } },
      '1 pods are new, 1 are held back by partition 1',
    ],
  ])('says of %j: %s', (over, message) => {
    expect(rolloutStatus(rawWorkload(over)).message).toBe(message);
  });
});
