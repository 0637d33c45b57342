// What becomes of pods that no restart moves? They are named, they fail no batch, and `complete` waits for them.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../cluster/eventually.ts';
import { barePod, deployment, job, namespace, statefulSet } from '../mesh-builder/pieces.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  const { parts = [], ...rest } = smallMesh();
  stage = await openStage({
    ...rest,
    prepare: async ({ kubelet }) =>
      kubelet.setRules([{ namespace: 'odd', labels: { app: 'import' }, runMs: 3_600_000 }]),
    parts: [
      ...parts,
      namespace('both', { injection: 'enabled', rev: SOURCE }),
      namespace(
        'odd',
        { injection: 'enabled' },
        deployment('healthy', { annotations: { 'sidecar.istio.io/nativeSidecar': 'false' } }),
        deployment('dated', { annotations: { 'sidecar.istio.io/proxyImage': 'docker.io/istio/proxyv2:1.30.0' } }),
        deployment('stopped', { paused: true }),
        statefulSet('by-hand', { onDelete: true }),
        deployment('broken', { unavailable: true }),
        deployment('agent', { hostNetwork: true }),
        barePod('debug'),
        job('import'),
      ),
    ],
  });
});
afterAll(async () => stage.stop());

it('a namespace with both injection labels is refused unless accepted', async () => {
  const refused = await stage.run('upgrade');
  expect(refused.outputs).toMatchObject({ ending: 'refused' });
  expect(refused.summary).toContain('both-injection-labels');
  expect(refused.summary).toContain('namespace both');
  expect(await stage.picture()).toEqual(stage.before);
});

it('CRDs of an older Istio than the target are named before anything is written', async () => {
  const label = async (change: string): Promise<string> =>
    stage.cluster.kubectl([
      'label',
      'crd',
      'virtualservices.networking.istio.io',
      `app.kubernetes.io/version=${change}`,
      '--overwrite',
    ]);
  await label('1.31.0');
  const refused = await stage.run('plan', { accept: 'both-injection-labels' });
  await label('1.0.0'); // as the test cluster's istioctl, built from source, has it
  expect(refused.outputs).toMatchObject({ ending: 'refused' });
  expect(refused.summary).toContain('outdated-crds');
  expect(refused.stdout).toContain('virtualservices.networking.istio.io is of Istio 1.31.0 and the target is 1.32.0');
});

it('discoverySelectors that choose by a label which is written are found before anything is', async () => {
  const configMap = ['configmap', `istio-${SOURCE}`, '-n', 'istio-system'];
  const before = await stage.cluster.kubectl(['get', ...configMap, '-o', 'jsonpath={.data.mesh}']);
  const say = async (mesh: string): Promise<string> =>
    stage.cluster.kubectl(['patch', ...configMap, '--type=merge', '-p', JSON.stringify({ data: { mesh } })]);
  await say(`${before}\ndiscoverySelectors:\n- matchLabels:\n    istio-injection: enabled\n`);
  const refused = await stage.run('upgrade', { accept: 'both-injection-labels' });
  await say(before);
  expect(refused.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'discovery-follows-labels' });
  expect(refused.stdout).toContain(
    `with no istio-injection and istio.io/rev=${SOURCE} istiod ${SOURCE} does not discover`,
  );
  expect(await stage.picture()).toEqual(stage.before);
});

it('what cannot be restarted is named and fails no batch; a classic sidecar moves like a native one', async () => {
  const result = await stage.run('upgrade', { accept: 'both-injection-labels', 'remove-source': 'verify' });
  expect(result.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', 'reason-code': 'source-in-use' });
  expect(result.code).toBe(0);
  const warnings = result.commands.filter(({ name }) => name === 'warning').map(({ message }) => message);
  expect(warnings).toContainEqual(expect.stringContaining(`${SOURCE} stays, it is still in use: `));
  const status = await stage.run('status');
  for (const line of [
    /Deployment odd\/stopped: is paused/,
    /Deployment odd\/dated: injected by 1-32, but its proxy is 1\.30\.0 and istiod is 1\.32\.0/,
    /StatefulSet odd\/by-hand: has update strategy OnDelete/,
    /Deployment odd\/broken: was not fully available before/,
    /Deployment odd\/agent: uses the host network/,
    /pod odd\/debug \(bare\) stays on 1-31/,
    /pod odd\/import-\S+ \(of a Job\) stays on 1-31/,
  ]) {
    expect(result.stdout).toMatch(line);
    expect(status.stdout).toMatch(line);
  }
  const { injected } = await stage.picture();
  expect(injected['odd/healthy']).toEqual({ [TARGET]: 1 });
  const names = ['-n', 'odd', 'get', 'pods', '-l', 'app=healthy', '-o', 'jsonpath={.items[*].spec.containers[*].name}'];
  expect((await stage.cluster.kubectl(names)).split(' ')).toContain('istio-proxy');
  expect(injected['odd/stopped']).toEqual({ [SOURCE]: 1 });
});

it('`complete` is refused and says by whom the source is still used', async () => {
  const { outputs, summary, code } = await stage.run('complete');
  expect(outputs).toMatchObject({ ending: 'refused', 'reason-code': 'source-in-use' });
  expect(code).toBe(1);
  for (const name of ['odd/stopped', 'odd/by-hand', 'odd/broken', 'odd/debug', 'pod import-', 'namespace both'])
    expect(summary).toContain(name);
});

it('when the last user is gone `complete` names what its owner has to remove, and ends when that is done', async () => {
  const { kubectl } = stage.cluster;
  await kubectl(['label', 'namespace', 'both', 'istio.io/rev-']);
  await kubectl(['-n', 'odd', 'delete', 'job', 'import']);
  await kubectl(['-n', 'odd', 'delete', 'pods', '--all']);
  await eventually('no pod of the source', async () => {
    const { injected } = await stage.picture();
    return Object.values(injected).every((counts) => counts[SOURCE] === undefined);
  });
  const ready = await stage.run('complete');
  expect(ready.outputs).toMatchObject({ ending: 'ready-to-remove', 'resume-command': 'complete' });
  expect(ready.code).toBe(0);
  expect(ready.outputs['reason']).toContain(`Deployment istio-system/istiod-${SOURCE}`);
  expect(await kubectl(['-n', 'istio-system', 'get', 'deployments', '-o', 'name'])).toContain(SOURCE);
  const [, named = ''] = /yours to remove: (.*)$/u.exec(ready.outputs['reason'] ?? '') ?? [];
  for (const object of named.split(', ')) {
    const [kind = '', path = ''] = object.split(' ');
    const [place, name] = path.split('/');
    await kubectl(name === undefined ? ['delete', kind, path] : ['-n', place ?? '', 'delete', kind, name]);
  }
  const done = await stage.run('complete');
  expect(done.outputs).toMatchObject({ ending: 'completed' });
  expect(await kubectl(['-n', 'istio-system', 'get', 'leases', '-o', 'name'])).not.toContain(SOURCE);
});
