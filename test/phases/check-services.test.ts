import { describe, expect, it } from 'vitest';
import { type KubeObject, SERVICE, type ServiceObject } from '../../src/mesh/kinds.ts';
import { checkServices } from '../../src/phases/check-services.ts';
import type { UpgradePlan } from '../../src/plan/plan.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { aNamespace, aSnapshot, aWorkload } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';

const jobs = aPlannedNamespace('jobs', { move: 'by-template', original: { injection: null, rev: null } });
const rev = (value: string) => ({ 'istio.io/rev': value });
const workload = (labels: Readonly<Record<string, string>>, namespace = 'jobs') =>
  aWorkload({ namespace, templateLabels: { app: 'api', ...labels } });
const service = (name: string, selector: Readonly<Record<string, string>>, namespace = 'jobs'): ServiceObject => ({
  apiVersion: SERVICE.apiVersion,
  kind: SERVICE.kind,
  metadata: { name, namespace },
  spec: { selector },
});
const SERVICES = [
  service('plain', { app: 'api' }),
  service('old', { app: 'api', ...rev('1-31') }),
  service('tagged', { app: 'api', ...rev('default') }),
  service('new', { app: 'api', ...rev('1-32') }),
  service('other', { app: 'other', ...rev('1-31') }),
  service('elsewhere', { app: 'api', ...rev('1-31') }, 'ops'),
];
const planOf = (over: Partial<UpgradePlan> = {}): UpgradePlan =>
  aPlan([], { batches: [{ number: 1, namespaces: [jobs] }], ...over });

async function found(
  plan: UpgradePlan,
  workloads: Parameters<typeof aSnapshot>[0],
  services: readonly KubeObject[] = SERVICES,
) {
  const cluster = new FakeCluster(services);
  const snapshot = aSnapshot({ namespaces: [aNamespace('jobs', {}), aNamespace('ops', {})], ...workloads });
  const findings = await checkServices(cluster, plan, snapshot);
  return { findings, asked: cluster.requests.map(({ verb, kind, namespace }) => `${verb} ${kind} ${namespace ?? ''}`) };
}
const subjects = async (...args: Parameters<typeof found>) =>
  (await found(...args)).findings.map(({ subject }) => subject);

describe('a Service that selects pods by istio.io/rev', () => {
  it.each([
    [planOf(), rev('1-31'), ['Service jobs/old'], 'the source’s name becomes the target’s'],
    [planOf(), rev('default'), [], 'the tag’s name stays, and moves with the tag'],
    [planOf({ strategy: 'relabel' }), rev('default'), ['Service jobs/tagged'], 'the tag’s name becomes the target’s'],
    [
      planOf({ onFail: 'rollback-batch' }),
      rev('default'),
      ['Service jobs/tagged'],
      'a batch held back names the source',
    ],
    [planOf({ batches: [] }), rev('1-31'), [], 'it does not move'],
  ])('loses them where that label changes, row %#: %j', async (plan, labels, lost, _why) => {
    expect(await subjects(plan, { workloads: [workload(labels)] })).toEqual(lost);
  });

  it('loses a gateway that is relabelled', async () => {
    const gateway = { ...workload(rev('1-31'), 'ops'), gateway: 'injected' as const };
    const plan = aPlan([], { gateways: [{ kind: 'template-label', workload: gateway.ref, from: '1-31' }] });
    expect(await subjects(plan, { workloads: [gateway] })).toEqual(['Service ops/elsewhere']);
  });

  it('is refused unless accepted, and says who leaves it', async () => {
    const { findings } = await found(planOf(), { workloads: [workload(rev('1-31'))] });
    expect(findings).toEqual([
      {
        id: 'revision-in-service-selector',
        severity: 'overridable',
        subject: 'Service jobs/old',
        message:
          'its selector contains istio.io/rev=1-31, and that label changes in the pods of Deployment api: it would lose them as they are replaced.',
        remedy:
          "Take istio.io/rev out of the Service's selector, or leave the workload out of the upgrade; accept it where the Service is meant to lose them.",
      },
    ]);
  });
});

it('Services are asked for only where a template label changes', async () => {
  const two = [workload(rev('1-31')), { ...workload(rev('1-31')), ref: { ...workload({}).ref, name: 'b' } }];
  expect((await found(planOf(), { workloads: two })).asked).toEqual(['list Service jobs']);
  expect((await found(planOf(), { workloads: [workload(rev('default'))] })).asked).toEqual([]);
});
