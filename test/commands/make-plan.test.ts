import { describe, expect, it } from 'vitest';
import { makePlan } from '../../src/commands/make-plan.ts';
import { rawNamespace, rawPod } from '../builders/raw.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const namespace = { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('runners', { 'istio-injection': 'enabled' }) };
const pod = { apiVersion: 'v1', kind: 'Pod', ...rawPod({ namespace: 'runners', name: 'runner-x7k2p' }) };

describe('a run that is a pod', () => {
  it.each([
    [{ namespace: 'runners', name: 'runner-x7k2p' }, ['blocks'], 'it would restart itself'],
    [{ namespace: 'runners', name: 'another' }, [], 'it is a pod of another cluster'],
    [undefined, [], 'it is no pod'],
  ])('%j finds its namespace in the plan: %j, %s', async (runnerPod, severities, _why) => {
    const run = {
      ...fakeRun(meshInMemory([namespace, pod]), 'plan'),
      ...(runnerPod === undefined ? {} : { runnerPod }),
    };
    const { findings } = await makePlan(run);
    expect(findings.filter(({ id }) => id === 'runner-namespace').map(({ severity }) => severity)).toEqual(severities);
  });
});
