import { describe, expect, it } from 'vitest';
import { installFindings, makePlan } from '../../src/commands/make-plan.ts';
import { frozenConfig } from '../builders/config.ts';
import { API_GATEWAY, MUTATING } from '../../src/mesh/kinds.ts';
import {
  rawDeactivatedInjector,
  rawDefaultValidator,
  rawGateway,
  rawInjector,
  rawIstiod,
  rawIstiodService,
  rawNamespace,
  rawPod,
  rawTag,
  rawTagService,
  rawValidator,
  rawWorkload,
} from '../builders/raw.ts';
import { asRevision } from '../../src/mesh/names.ts';
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

describe("Prometheus' own namespace", () => {
  it.each([
    [{}, ['runners', 'web'], 'its address does not tell'],
    [{ prometheusNamespace: 'runners' }, ['web', 'runners'], 'the eyes of the gate move last'],
  ])('%j: the order is %j, %s', async (more, order, _why) => {
    const web = { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('web', { 'istio-injection': 'enabled' }) };
    const { plan } = await makePlan({ ...fakeRun(meshInMemory([namespace, web]), 'plan'), ...more });
    expect(plan?.batches.flatMap(({ namespaces }) => namespaces.map(({ name }) => name))).toEqual(order);
  });
});

describe('a source without a revision name', () => {
  const gateway = {
    ...rawGateway({ namespace: 'runners' }),
    apiVersion: API_GATEWAY.apiVersion,
    kind: API_GATEWAY.kind,
  };
  const unrevisioned = meshInMemory([namespace, gateway], {
    mutating: [rawDeactivatedInjector(), rawInjector('1-32'), rawTag('default', 'default')],
    validating: [rawValidator('default'), rawValidator('1-32'), rawDefaultValidator('default')],
    services: [rawIstiodService('default'), rawIstiodService('1-32'), rawTagService('default', 'default')],
    deployments: [rawIstiod('default', '1.31.0'), rawIstiod('1-32', '1.32.0')],
  });
  it.each([
    [{}, ['notice'], 'waiting namespaces are to be pinned, and cannot be'],
    [{ pinWaiting: false }, [], 'nobody wants them pinned'],
    [{ strategy: 'relabel' }, [], 'the tag stays where it is'],
  ] as const)('is told where it matters: %j finds %j, %s', async (over, severities, _why) => {
    const run = fakeRun(unrevisioned, 'plan');
    const { plan, findings } = await makePlan({ ...run, config: { ...run.config, frozen: frozenConfig(over) } });
    expect(plan?.source).toBe('default');
    const found = findings.filter(({ id }) => id === 'cannot-pin');
    expect(found.map(({ severity }) => severity)).toEqual(severities);
    for (const { message } of found) expect(message).toContain('istiod rolls their Gateways at once (runners/web)');
  });
});

describe('a Service that selects by a template label that has to change', () => {
  it('is found with the plan', async () => {
    const labels = { app: 'api', 'istio.io/rev': '1-31' };
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', ...rawNamespace('jobs') },
      { apiVersion: 'apps/v1', kind: 'Deployment', ...rawWorkload({ namespace: 'jobs', templateLabels: labels }) },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api', namespace: 'jobs' }, spec: { selector: labels } },
    ];
    const { findings } = await makePlan(fakeRun(meshInMemory(objects), 'plan'));
    expect(findings).toMatchObject([{ id: 'revision-in-service-selector', subject: 'Service jobs/api' }]);
  });
});

describe('a target that is to be installed', () => {
  it.each([
    ['1.32.4', [], 'it fits'],
    ['1.34.0', ['version-skew'], 'three minor versions ahead'],
    ['1.30.9', ['version-skew'], 'a minor version behind'],
  ])('of version %s finds %j: %s', async (version, ids, _why) => {
    const run = fakeRun(meshInMemory(), 'plan');
    const frozen = frozenConfig({ targetRevision: asRevision('1-40'), install: { kind: 'manifest', path: 'x' } });
    const rendered = [
      { apiVersion: 'apps/v1', kind: 'Deployment', ...rawIstiod('1-40', version) },
      { apiVersion: MUTATING.apiVersion, kind: MUTATING.kind, ...rawInjector('1-40') },
    ];
    const installer = { ...run.world.installer, render: async () => rendered };
    const asked = { ...run, config: { ...run.config, frozen }, world: { ...run.world, installer } };
    const found = await installFindings(asked, await makePlan(asked));
    expect(found.map(({ id }) => id)).toEqual(ids);
  });
});
