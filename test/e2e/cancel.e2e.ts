// What does a cancelled job leave? The runner sends SIGINT, after 7.5 s SIGTERM, after 2.5 s more it kills.
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { ActionResult, Running } from '../bundle/harness.ts';
import { openArena, type Arena } from '../chaos/arena.ts';
import { settledDifferences } from '../chaos/scene.ts';
import { journalState, type SavedState } from '../chaos/saved-state.ts';
import { SOURCE } from './stage.ts';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/istio-canary-upgrade';

let arena: Arena;
let before: SavedState;
beforeAll(async () => {
  arena = await openArena();
  before = await arena.save();
});
afterEach(async () => {
  await arena.stage.cluster.kubelet.setRules([]);
  await arena.restore(before);
});
afterAll(async () => arena.stop());

/** As actions/runner cancels a step. */
async function cancel(run: Running<ActionResult>): Promise<void> {
  let over = false;
  void run.ended.finally(() => {
    over = true;
  });
  for (const [signal, graceMs] of [
    ['SIGINT', 7_500],
    ['SIGTERM', 2_500],
    ['SIGKILL', 0],
  ] as const) {
    if (over) return;
    run.kill(signal);
    await Promise.race([run.ended, pause(graceMs)]);
  }
}

async function holder(): Promise<string | undefined> {
  const lease = await arena.place.api.get<{ metadata: { name: string }; spec: { holderIdentity?: string } }>(LEASE);
  return lease.spec.holderIdentity || undefined;
}

it.each([
  ['while the gate watches', { 'min-requests': '100000', 'max-bake': '10m' }, /gate, gateways/u],
  ['while pods do not get ready', {}, /Deployment web\/shop: pod template/u],
] as const)(
  '%s: it stops in time, held, journalled, with the lease free, and says how to go on',
  async (_when, inputs, until) => {
    if (until.source.includes('web')) await arena.stage.cluster.kubelet.setRules([{ namespace: 'web', mode: 'never' }]);
    const run = arena.start('upgrade', inputs);
    await run.saw(until);
    await cancel(run);
    const { code, signal, outputs, summary, post, stdout } = await run.result;
    expect(signal).toBeNull();
    expect(code).toBe(1);
    expect(outputs).toMatchObject({ ending: 'held', 'reason-code': 'interrupted', 'resume-command': 'upgrade' });
    expect(stdout).toContain('SIGINT: stopping at the next safe point');
    expect(summary).toContain('upgrade');
    expect(post.stdout).toBe('');
    expect(await holder()).toBeUndefined();
    expect(await journalState(arena.place.api)).toBe('held');
    await arena.stage.cluster.kubelet.setRules([]);
    const back = await arena.start('rollback', { 'prometheus-url': '' }, { runId: '2' }).result;
    expect(back.outputs).toMatchObject({ ending: 'rolled-back' });
    expect(await settledDifferences(arena.place, before.scene)).toEqual([]);
  },
);

it('a rollback that is cancelled stops in time too, and the same command finishes it', async () => {
  const { kubelet } = arena.stage.cluster;
  expect((await arena.start('start').result).outputs).toMatchObject({ ending: 'started' });
  await kubelet.setRules([{ namespace: 'ingress', revision: SOURCE, mode: 'never' }]);
  const run = arena.start('rollback', { 'prometheus-url': '' }, { runId: '2' });
  await run.saw(/Deployment ingress\/gateway: pod template/u);
  await cancel(run);
  const { code, signal, outputs, post } = await run.result;
  expect({ code, signal }).toEqual({ code: 1, signal: null });
  expect(outputs).toMatchObject({
    ending: 'held',
    'reason-code': 'rollback-unfinished',
    'resume-command': 'rollback',
  });
  expect(outputs['reason']).toContain('SIGINT');
  expect(post.stdout).toBe('');
  expect(await holder()).toBeUndefined();
  expect(await journalState(arena.place.api)).toBe('rolling-back');
  await kubelet.setRules([]);
  const back = await arena.start('rollback', { 'prometheus-url': '' }, { runId: '3' }).result;
  expect(back.outputs).toMatchObject({ ending: 'rolled-back' });
  expect(await settledDifferences(arena.place, before.scene)).toEqual([]);
});

it('a run that is killed at once leaves its post step to report and to free the lease', async () => {
  const run = arena.start('upgrade', { 'min-requests': '100000', 'max-bake': '10m' });
  await run.saw(/gate, gateways/u);
  run.kill('SIGKILL');
  const { signal, post } = await run.result;
  expect(signal).toBe('SIGKILL');
  expect(post.stdout).toContain('This step was killed before it could say how it ended');
  expect(await holder()).toBeUndefined();
});
