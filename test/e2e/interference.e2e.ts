// What if somebody else changes the mesh between two commands, or while one runs? It is named, refused or held; nobody is fought.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attempt, revisionsIn } from './attempt.ts';
import { freeze } from './freeze.ts';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, SOURCE, TARGET } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(smallMesh());
});
afterAll(async () => stage.stop());

const MANAGER = 'gitops-of-a-test';
/** As a GitOps controller does it: whenever the namespace is not as declared, it is made so again. */
function keep(name: string, labels: readonly string[]): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const keeping = (async () => {
    while (!stopping.signal.aborted)
      await stage.cluster.kubectl(['label', 'namespace', name, ...labels, '--overwrite', `--field-manager=${MANAGER}`]);
  })();
  return {
    stop: async () => {
      stopping.abort();
      await keeping;
    },
  };
}

it('a tag that somebody moved, and a namespace that somebody relabelled, are refused until they are put back', async () => {
  const { istioctl, kubectl } = stage.cluster;
  expect((await stage.run('start')).outputs).toMatchObject({ ending: 'started' });

  await istioctl('1.32', ['tag', 'set', 'default', '--revision', SOURCE, '--overwrite', '-y']);
  const moved = await stage.run('promote');
  expect(moved.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'tag-moved' });
  expect(moved.summary).toContain(`points to ${SOURCE}`);
  await istioctl('1.32', ['tag', 'set', 'default', '--revision', TARGET, '--overwrite', '-y']);

  await kubectl(['label', 'namespace', 'web', 'istio.io/rev=1-30', '--overwrite']);
  const relabelled = await stage.run('promote');
  expect(relabelled.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'namespace-relabelled' });
  expect(relabelled.outputs['reason']).toContain('istio.io/rev is 1-30');
  expect(await revisionsIn(stage, 'web')).toEqual([SOURCE]);
  await kubectl(['label', 'namespace', 'web', `istio.io/rev=${SOURCE}`, '--overwrite']);
});

it('a label that a controller puts back again and again is named and left to people, and no batch fails for it', async () => {
  const controller = keep('web', ['istio-injection-', `istio.io/rev=${SOURCE}`]);
  const contested = await stage.run('promote');
  await controller.stop();
  expect(contested.outputs).toMatchObject({ ending: 'held', 'reason-code': 'contested' });
  expect(contested.outputs['reason']).toMatch(/Namespace web: .* again/);
  expect(contested.outputs['reason']).toContain(MANAGER);

  const mended = await stage.run('promote');
  expect(mended.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  expect(await revisionsIn(stage, 'web')).toEqual([TARGET]);
});

it('a policy that refuses the restarts holds a batch before anything of it is written, and the batch goes on without it', async () => {
  const { kubectl } = stage.cluster;
  const versions = async (): Promise<string> =>
    kubectl(['-n', 'payments', 'get', 'deployments,statefulsets', '-o', 'jsonpath={.items[*].metadata.generation}']);
  const frozen = await freeze(stage.cluster, 'payments');
  const before = [await stage.picture(), await versions()];
  const held = await stage.run('promote');
  expect(held.outputs).toMatchObject({ ending: 'held', 'reason-code': 'write-refused', 'resume-command': 'promote' });
  expect(held.outputs['reason']).toMatch(
    /^batch 2 is not begun: a dry-run restart of Deployment payments\/api is refused: .*payments is frozen until Monday/,
  );
  expect([await stage.picture(), await versions()]).toEqual(before);

  await frozen.lift();
  const after = await stage.run('promote');
  expect(after.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS', batch: '2' });
  expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
});

it('a journal that somebody deleted is said, with what the cluster shows; restored, the rollback goes on', async () => {
  const { kubectl } = stage.cluster;
  const where = ['-n', 'istio-system'];
  const stored = JSON.parse(await kubectl([...where, 'get', 'configmap', 'istio-canary-upgrade', '-o', 'json']));
  await kubectl([...where, 'delete', 'configmap', 'istio-canary-upgrade']);
  for (const command of ['rollback', 'promote', 'start']) {
    const lost = await stage.run(command);
    expect(lost.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'journal-lost' });
    expect(lost.summary).toMatch(/namespace web: .*pods \d+ on 1-32/);
  }
  expect((await stage.run('status')).outputs).toMatchObject({ ending: 'status', 'reason-code': 'journal-lost' });

  const scratch = mkdtempSync(join(tmpdir(), 'journal-'));
  const file = join(scratch, 'journal.json');
  const { apiVersion, kind, data, binaryData, metadata } = stored;
  const { name, namespace, labels } = metadata;
  writeFileSync(file, JSON.stringify({ apiVersion, kind, data, binaryData, metadata: { name, namespace, labels } }));
  await kubectl(['create', '-f', file]);
  rmSync(scratch, { recursive: true });
  expect((await stage.run('rollback')).outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await stage.picture()).toEqual(stage.before);
  // Nothing is under way any more: a new plan may be made without the old journal.
  await kubectl([...where, 'delete', 'configmap', 'istio-canary-upgrade']);
  expect((await attempt(stage, 'start', { bake: '15s' })).outputs).toMatchObject({ ending: 'started' });
});

it('a tag that somebody takes back while a run works is named, and no batch passes or fails for it', async () => {
  const setTag = async (revision: string): Promise<string> =>
    stage.cluster.istioctl('1.32', ['tag', 'set', 'default', '--revision', revision, '--overwrite', '-y']);
  const running = stage.start('promote');
  await running.saw(/gate, batch 1/u);
  await setTag(SOURCE);
  const { outputs } = await running.result;
  expect(outputs).toMatchObject({ ending: 'held', 'reason-code': 'contested', 'resume-command': 'promote' });
  expect(outputs['reason']).toMatch(/tag default points to 1-31, and belongs on 1-32: istio-ci changed it/u);
  await setTag(TARGET);
  expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '1', verdict: 'PASS' });
});

it('a pod that came on the source while nobody looked, of a template that was restarted already, is restarted once more', async () => {
  const { kubectl } = stage.cluster;
  const running = stage.start('promote');
  await running.saw(/gate, batch 2/u);
  running.kill('SIGINT');
  expect((await running.result).outputs).toMatchObject({ ending: 'held', 'reason-code': 'interrupted' });

  const { labels } = JSON.parse(await kubectl(['get', 'namespace', 'payments', '-o', 'json'])).metadata;
  const label = async (rev: string, injection: string): Promise<string> =>
    kubectl(['label', 'namespace', 'payments', '--overwrite', rev, injection]);
  await label(`istio.io/rev=${SOURCE}`, 'istio-injection-');
  await kubectl(['-n', 'payments', 'delete', 'pods', '--all']);
  await kubectl(['-n', 'payments', 'rollout', 'status', 'deployment/api', '--timeout=60s']);
  expect(await revisionsIn(stage, 'payments')).toEqual([SOURCE]);
  const was = (name: string): string => (labels[name] === undefined ? `${name}-` : `${name}=${labels[name]}`);
  await label(was('istio.io/rev'), was('istio-injection'));

  const { outputs, stdout } = await stage.run('promote');
  expect(outputs).toMatchObject({ ending: 'promoted', batch: '2', verdict: 'PASS' });
  expect(stdout).toMatch(
    /restarts once more: our restart .* made pod payments\/\S+ with the proxy of 1-31, not of 1-32, and/u,
  );
  expect(await revisionsIn(stage, 'payments')).toEqual([TARGET]);
});
