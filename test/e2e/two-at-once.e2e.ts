// Who may write when two runs want to? One does; the other is told who, waits, takes over from the dead, or, with `rollback`, comes first.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArena, type Arena } from '../chaos/arena.ts';
import { isMutation, nameOf } from '../chaos/mutations.ts';
import { faithful } from '../chaos/proxy.ts';
import { eventually } from '../cluster/eventually.ts';
import { settledDifferences } from '../chaos/scene.ts';
import type { SavedState } from '../chaos/saved-state.ts';
import { revisionsIn } from './attempt.ts';
import { SOURCE, TARGET } from './stage.ts';

let arena: Arena;
let before: SavedState;
let started: SavedState;
beforeAll(async () => {
  arena = await openArena();
  before = await arena.save();
  await arena.start('start').result;
  started = await arena.save();
});
afterAll(async () => arena.stop());

const urlOf = (runId: string): string => `https://github.com/example/mesh/actions/runs/${runId}`;

it('two runs started together: one runs, the other is refused with its URL', async () => {
  await arena.restore(before);
  const runs = ['101', '102'];
  const results = await Promise.all(
    runs.map(async (runId) => arena.start('start', { 'lock-wait': '2s' }, { runId }).result),
  );
  const winner = results.findIndex(({ outputs }) => outputs['ending'] === 'started');
  const loser = results[1 - winner];
  expect(results[winner]?.outputs).toMatchObject({ ending: 'started' });
  expect(loser?.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'upgrade-in-progress' });
  expect(loser?.outputs['reason']).toContain(urlOf(runs[winner] ?? ''));
});

it('two legs of one run wait for each other, whatever lock-wait says', async () => {
  await arena.restore(started);
  const legs = await Promise.all(
    [1, 2].map(async () => arena.start('promote', { batch: '1', 'lock-wait': '1s' }, { runId: '103' }).result),
  );
  expect(new Set(legs.map(({ outputs }) => outputs['ending']))).toEqual(new Set(['nothing-to-do', 'promoted']));
  expect(await revisionsIn(arena.stage, 'web')).toEqual([TARGET]);
});

it('a runner that died is waited for, then taken over, and its batch is finished', async () => {
  await arena.restore(started);
  const dead = arena.start('promote', { batch: '1' }, { runId: '104', post: false });
  await dead.saw(/Deployment web\/shop: pod template/u);
  dead.kill('SIGKILL');
  await dead.ended;
  const soon = await arena.start('promote', { batch: '1', 'lock-wait': '1s' }, { runId: '105' }).result;
  expect(soon.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'upgrade-in-progress' });
  expect(soon.outputs['reason']).toContain(urlOf('104'));
  const told = async () => (await arena.start('status').result).outputs['reason-code'];
  expect(await told()).toBe('in-progress');
  await eventually('the lease to be stale', async () => (await told()) === 'abandoned', 120_000);
  const later = await arena.start('promote', { batch: '1', 'lock-wait': '90s' }, { runId: '106' }).result;
  expect(later.outputs).toMatchObject({ ending: 'promoted', verdict: 'PASS' });
  expect(await revisionsIn(arena.stage, 'web')).toEqual([TARGET]);
});

it('a run that stood still past its lease does at most the write it had announced, and says that it lost it', async () => {
  await arena.restore(started);
  const held = Promise.withResolvers<void>();
  const late: string[] = [];
  let stopped = false;
  arena.proxy.script = async (call, forward) => {
    if (isMutation(call) && stopped) late.push(nameOf(call));
    if (stopped || !isMutation(call) || nameOf(call) !== 'patch namespaces/web') return forward();
    stopped = true;
    frozen.kill('SIGSTOP');
    await held.promise;
    return forward();
  };
  const frozen = arena.start('promote', { batch: '1' }, { runId: '107' });
  await eventually('the run to stand still', async () => stopped);
  const other = await arena.stage.run('rollback', { 'lock-wait': '90s', 'prometheus-url': '' }, { runId: '108' });
  expect(other.outputs).toMatchObject({ ending: 'rolled-back' });
  held.resolve();
  frozen.kill('SIGCONT');
  const result = await frozen.result;
  arena.proxy.script = faithful;
  expect(result.outputs['reason']).toMatch(/the lease .*; this run writes nothing more/u);
  expect(result.outputs).toMatchObject({ ending: 'held', 'reason-code': 'pre-empted' });
  // Its write was a compare-and-swap on what the rollback has changed since; nothing else was even tried.
  expect(late.filter((name) => name !== 'patch namespaces/web')).toEqual([]);
  expect(await settledDifferences(arena.place, before.scene)).toEqual([]);
});

it('a rollback makes a living run stop and takes over within lock-wait', async () => {
  await arena.restore(before);
  const living = arena.start('upgrade', { 'min-requests': '1000000', 'max-bake': '10m' }, { runId: '109' });
  await living.saw(/gate, gateways/u);
  const status = await arena.start('status').result;
  expect(status.outputs).toMatchObject({ ending: 'status', 'reason-code': 'in-progress' });
  expect(status.outputs['reason']).toContain(urlOf('109'));
  const back = await arena.start('rollback', { 'lock-wait': '60s', 'prometheus-url': '' }, { runId: '110' }).result;
  expect(back.outputs).toMatchObject({ ending: 'rolled-back' });
  const { outputs, code } = await living.result;
  expect(outputs).toMatchObject({ ending: 'held', 'reason-code': 'pre-empted' });
  expect(outputs['reason']).toContain(urlOf('110'));
  expect(code).toBe(1);
  expect(await revisionsIn(arena.stage, 'web')).toEqual([SOURCE]);
  expect(await settledDifferences(arena.place, before.scene)).toEqual([]);
});
