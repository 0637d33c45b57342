// Does every interruption lead back to the expected cluster? Kills one command at one of its mutations, then runs it again, or a
// rollback, and compares the cluster, object by object, with what an uninterrupted run leaves, or with what there was before.
import type { ActionResult } from '../bundle/harness.ts';
import { type Inputs, targetFails } from '../e2e/stage.ts';
import type { ObserveOptions } from '../mesh-builder/observe.ts';
import type { Arena } from './arena.ts';
import { countMutations, killAt, type Moment } from './interrupt.ts';
import { journalState, leaseHolder, type SavedState } from './saved-state.ts';
import { differences, sceneOf, settledDifferences } from './scene.ts';

/** `failing` is an upgrade whose second batch fails its gate, so that it takes itself back. */
export const COMMANDS = ['upgrade', 'failing', 'rollback', 'complete'] as const;
export type Swept = (typeof COMMANDS)[number];
/** A rollback that was killed has only one way on. */
export type Way = 'again' | 'rollback';

export interface Case {
  readonly command: Swept;
  readonly at: number;
  readonly moment: Moment;
  readonly way: Way;
  /** The runner died with the step: its `post` never ran, and nobody handed the lease back. */
  readonly post?: false;
}
export interface CaseResult extends Case {
  /** Absent where the run had fewer of them than the one that was counted (a lost race costs one more), so that nothing was killed. */
  readonly mutation?: string;
  /** Empty: as expected. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** What uninterrupted runs were seen to do. */
export interface Course {
  /** Before anything. */
  readonly before: SavedState;
  /** Every batch has passed; what a rollback and a complete begin with. */
  readonly moved: SavedState;
  readonly completed: SavedState;
  /** Of each command, in their order. */
  readonly mutations: Readonly<Record<Swept, readonly string[]>>;
}

interface Played {
  /** The action's. */
  readonly command: string;
  readonly inputs: Inputs;
  /** Where nothing interrupts it. */
  readonly ends: string;
}
/** A rollback needs nothing but the cluster. */
const LEAN: Inputs = { 'prometheus-url': '' };
const PLAYED: Readonly<Record<Swept, Played>> = {
  upgrade: { command: 'upgrade', inputs: {}, ends: 'completed' },
  // One case after the other breaks the traffic: to each the hour before looks as bad as it is now.
  failing: { command: 'upgrade', inputs: { compare: 'off' }, ends: 'rolled-back' },
  rollback: { command: 'rollback', inputs: {}, ends: 'rolled-back' },
  complete: { command: 'complete', inputs: {}, ends: 'completed' },
};

/** Throws where even an uninterrupted run does not end as it should: then there is nothing to compare with. */
export async function walkThrough(arena: Arena): Promise<Course> {
  const before = await arena.save();
  const run = async (
    command: string,
    inputs: Inputs = {},
    isRight = ({ code }: ActionResult): boolean => code === 0,
  ): Promise<readonly string[]> => {
    const { result, mutations } = await countMutations(arena.proxy, () => arena.start(command, inputs));
    if (!isRight(result)) throw new Error(`an uninterrupted ${command} failed:\n${result.stdout}\n${result.stderr}`);
    return mutations;
  };
  const upgrade = await run('upgrade');
  const completed = await arena.save();
  await arena.restore(before);
  await breakPayments(arena);
  const { command: fails, inputs, ends } = PLAYED.failing;
  const failing = await run(fails, inputs, ({ outputs }) => outputs['ending'] === ends);
  await mustBe(arena, before, 'an upgrade that fails', arena.left);
  await arena.restore(before);
  for (const command of ['start', 'promote', 'promote']) await run(command);
  const moved = await arena.save();
  const rollback = await run('rollback');
  await mustBe(arena, before, 'a rollback', arena.left);
  await arena.restore(moved);
  const complete = await run('complete');
  await mustBe(arena, completed, 'start, promote and complete');
  return { before, moved, completed, mutations: { upgrade, failing, rollback, complete } };
}

/** The second batch; until the arena is put back. */
const breakPayments = async ({ stage }: Arena): Promise<void> => stage.traffic.setFaults(targetFails('payments'));

async function mustBe({ place }: Arena, wanted: SavedState, what: string, left?: ObserveOptions): Promise<void> {
  const wrong = differences(await sceneOf(place, left), wanted.scene);
  if (wrong.length > 0) throw new Error(`${what}, uninterrupted, leaves another cluster: ${wrong.join('; ')}`);
}

/** Every case of the command: each mutation, before and after, and each way on. */
export function casesOf(command: Swept, { mutations }: Course): readonly Case[] {
  const ways: readonly Way[] = command === 'rollback' ? ['again'] : ['again', 'rollback'];
  return mutations[command].flatMap((_mutation, index) =>
    ways.flatMap((way) => (['before', 'after'] as const).map((moment) => ({ command, at: index + 1, moment, way }))),
  );
}

export async function play(arena: Arena, course: Course, one: Case): Promise<CaseResult> {
  const began = performance.now();
  const { command, inputs, ends } = PLAYED[one.command];
  await arena.restore(command === 'upgrade' ? course.before : course.moved);
  if (one.command === 'failing') await breakPayments(arena);
  const { post = true } = one;
  const { result, mutation } = await killAt(arena.proxy, one, () => arena.start(command, inputs, { post }));
  const seconds = (): number => (performance.now() - began) / 1000;
  if (mutation === undefined) {
    const { ending = result.stdout } = result.outputs;
    const problems = ending === ends ? [] : [`it ended ${ending} by itself`];
    return { ...one, problems, seconds: seconds() };
  }
  const told = post ? saidSo(result.post.stdout) : await stillHeld(arena);
  const problems = [...told, ...(await followUp(arena, course, one))];
  return { ...one, mutation, problems, seconds: seconds() };
}

const saidSo = (post: string): string[] =>
  post.includes('::error::This step was killed') ? [] : [`its post step does not say that it was killed: ${post}`];

/** Whoever comes next can only go on by taking it over. */
const stillHeld = async ({ place }: Arena): Promise<string[]> =>
  (await leaseHolder(place.api)) === undefined ? ['nobody holds the lease of the run that died'] : [];

async function followUp(arena: Arena, course: Course, { command, way }: Case): Promise<string[]> {
  if (way === 'rollback' && (await sourceIsGoing(arena, course)))
    return afterThePointOfNoReturn(arena, course, command);
  return carriesOn(arena, course, way === 'rollback' ? 'rollback' : command);
}

async function carriesOn(arena: Arena, course: Course, swept: Swept): Promise<string[]> {
  const { command, inputs, ends } = PLAYED[swept];
  const given = swept === 'rollback' ? LEAN : inputs;
  const { outputs, stdout } = await arena.start(command, given, { runId: '2' }).result;
  const { ending = 'in silence', reason = stdout } = outputs;
  const state = await journalState(arena.place.api);
  // What the killed run took back to the end is not begun once more with the same plan: that needs a new one.
  const isTakenBack = ends === 'rolled-back' && ending === 'refused' && state === ends;
  return [
    ...(ending === ends || ending === 'nothing-to-do' || isTakenBack ? [] : [`${command} ended ${ending}: ${reason}`]),
    ...(state === ends || ending === 'nothing-to-do' ? [] : [`the journal says ${state ?? 'nothing'}`]),
    ...(ends === 'completed'
      ? await settledDifferences(arena.place, course.completed.scene)
      : await settledDifferences(arena.place, course.before.scene, arena.left)),
  ];
}

/** The first of the objects that were there before anything, which are the source's, has been deleted. */
async function sourceIsGoing({ place }: Arena, { before }: Course): Promise<boolean> {
  const { controlPlanes } = await sceneOf(place);
  return Object.keys(before.scene.controlPlanes).some((name) => controlPlanes[name] === undefined);
}

/** A rollback says that there is no way back, touches nothing, and does not stand in the way forward. */
async function afterThePointOfNoReturn(arena: Arena, course: Course, swept: Swept): Promise<string[]> {
  const scene = await sceneOf(arena.place);
  const { outputs } = await arena.start('rollback', LEAN, { runId: '2' }).result;
  return [
    ...(outputs['ending'] === 'refused'
      ? []
      : [`rollback ended ${outputs['ending'] ?? 'in silence'}, not refused: ${outputs['reason'] ?? ''}`]),
    ...(await settledDifferences(arena.place, scene)).map((what) => `the refused rollback changed it: ${what}`),
    ...(await carriesOn(arena, course, swept)),
  ];
}
