// Does an upgrade go by a Prometheus that only the cluster can see, as the README's first example has it? Through the API server, with
// the documented roles and no other; without the one for Prometheus it is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../src/config/config.ts';
import type { ActionResult } from '../bundle/harness.ts';
import type { AuditedRequest } from '../cluster/audit.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';
import { CI, documented, documentedForPrometheus, userWith } from './documented-user.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage } from './stage.ts';

const URL = 'kubernetes://monitoring/prometheus-server:80';
const COMMANDS = ['plan', 'start', 'promote', 'rollback'] as const satisfies readonly Command[];
type Tried = (typeof COMMANDS)[number];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    ...smallMesh(),
    auditGroup: `system:serviceaccounts:${CI}`,
    prepare: async (cluster) => {
      await prometheusInCluster(cluster);
      await cluster.kubectl(['create', 'namespace', CI]);
    },
  });
  for (const command of COMMANDS) {
    await userWith(stage.cluster, `${command}-alone`, documented(command));
    await userWith(stage.cluster, command, [...documented(command), ...documentedForPrometheus()]);
  }
});
afterAll(async () => stage?.stop());

/** A Service before the Prometheus that scrapes the mesh. */
async function prometheusInCluster({ kubectl, api }: Cluster): Promise<void> {
  const monitoring = ['-n', 'monitoring'];
  await kubectl(['create', 'namespace', 'monitoring']);
  await kubectl([...monitoring, 'create', 'deployment', 'prometheus-server', '--image=prometheus']);
  await kubectl([...monitoring, 'expose', 'deployment', 'prometheus-server', '--port=80', '--target-port=9090']);
  const ready = '/api/v1/namespaces/monitoring/services/prometheus-server:80/proxy/-/ready';
  await eventually('Prometheus behind its Service', async () =>
    api.text(ready).then(
      () => true,
      () => false,
    ),
  );
}

const runAs = async (user: string, command: Tried, inputs = {}): Promise<ActionResult> =>
  stage.run(command, { kubeconfig: await stage.cluster.kubeconfigFor(CI, user), 'prometheus-url': URL, ...inputs });
const run = async (command: Tried, inputs = {}): Promise<ActionResult> => runAs(command, command, inputs);
const queries = (user: string): readonly AuditedRequest[] =>
  stage.cluster.audit
    ?.requests()
    .filter((each) => each.user.endsWith(`:${user}`) && each.resource === 'services/proxy') ?? [];

async function refusedWithoutTheRole(command: Tried, inputs = {}): Promise<void> {
  const { outputs, stdout } = await runAs(`${command}-alone`, command, inputs);
  expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'permission-missing' });
  expect(outputs['reason']).toContain('may not create prometheus-server:80 of services/proxy in monitoring');
  expect(stdout).toContain(
    'Add to the Role in monitoring: {apiGroups: [""], resources: ["services/proxy"], resourceNames: ["prometheus-server:80"], verbs: ["create"]}',
  );
}

describe('Prometheus through the API server', () => {
  it('is asked by `plan`, `start` and `promote`, whose gates pass by what it says', async () => {
    await refusedWithoutTheRole('plan');
    const plan = await run('plan');
    expect(plan.outputs).toMatchObject({ ending: 'planned' });
    const hash = { 'plan-hash': plan.outputs['plan-hash'] ?? '' };

    await refusedWithoutTheRole('start', hash);
    expect(await stage.picture()).toEqual(stage.before);
    expect((await run('start', hash)).outputs).toMatchObject({ ending: 'started' });

    const started = await stage.picture();
    await refusedWithoutTheRole('promote');
    expect(await stage.picture()).toEqual(started);
    expect((await run('promote')).outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  });

  it('is not needed for the way back, which then says that nothing was measured', async () => {
    const back = await runAs('rollback-alone', 'rollback');
    expect(back.outputs).toMatchObject({ ending: 'rolled-back', 'reason-code': 'recovery-not-measured' });
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('answered every query of them by that Service, and by no other way', () => {
    for (const user of ['plan', 'start', 'promote']) {
      const asked = queries(user);
      expect(asked.length).toBeGreaterThan(0);
      const seen = new Set(asked.map(({ verb, namespace, name, status }) => [verb, namespace, name, status].join(' ')));
      expect([...seen]).toEqual(['create monitoring prometheus-server:80 200']);
    }
  });
});
