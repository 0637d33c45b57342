// What comes of each bad day in each phase? Runs the command that has the phase, lets the fault begin with it, and demands an ending
// that keeps what is promised, and that the same command, run again on a better day, gets to the expected cluster.
import type { Inputs } from '../e2e/stage.ts';
import type { Arena } from './arena.ts';
import type { Fault } from './faults.ts';
import { brokenPromises, unnamed } from './promised.ts';
import type { SavedState } from './saved-state.ts';
import { settledDifferences } from './scene.ts';

/** States of the mesh between commands, as uninterrupted ones leave them. */
export interface Stations {
  readonly before: SavedState;
  readonly started: SavedState;
  readonly promoted: SavedState;
  readonly moved: SavedState;
  readonly completed: SavedState;
}
type Station = keyof Stations;

export interface Phase {
  readonly name: string;
  readonly command: string;
  readonly from: Station;
  readonly to: Station;
  /** The line of the log with which the phase begins. */
  readonly begins: RegExp;
}

export const PHASES: readonly Phase[] = [
  { name: 'install', command: 'start', from: 'before', to: 'started', begins: /Control plane 1-32/u },
  { name: 'tag', command: 'start', from: 'before', to: 'started', begins: /Pin what waits/u },
  { name: 'gateways', command: 'start', from: 'before', to: 'started', begins: /Gateways \(1\)/u },
  { name: 'batch', command: 'promote', from: 'started', to: 'promoted', begins: /Batch 1 of 2/u },
  { name: 'gate', command: 'promote', from: 'started', to: 'promoted', begins: /gate, batch 1/u },
  { name: 'complete', command: 'complete', from: 'moved', to: 'completed', begins: /Remove 1-31/u },
  { name: 'rollback', command: 'rollback', from: 'moved', to: 'before', begins: /Roll back to 1-31/u },
];

export interface Cell {
  readonly fault: string;
  readonly phase: string;
  /** As a reader of the table sees it: `promoted`, or `broken, then promoted`. */
  readonly ending: string;
  /** Empty: as promised. */
  readonly problems: readonly string[];
}

/** A gate that sees nothing gives up soon. */
const IMPATIENT: Inputs = { 'max-bake': '15s' };
const GREEN: Readonly<Record<string, string>> = {
  start: 'started',
  promote: 'promoted',
  complete: 'completed',
  rollback: 'rolled-back',
};

export async function visitStations(arena: Arena): Promise<Stations> {
  const go = async (command: string): Promise<SavedState> => {
    const { code, stdout } = await arena.start(command, inputsOf(command)).result;
    if (code !== 0) throw new Error(`an undisturbed ${command} failed:\n${stdout}`);
    return arena.save();
  };
  const before = await arena.save();
  const started = await go('start');
  const promoted = await go('promote');
  const moved = await go('promote');
  return { before, started, promoted, moved, completed: await go('complete') };
}

const inputsOf = (command: string): Inputs => (command === 'start' ? IMPATIENT : {});

export async function tryCell(arena: Arena, stations: Stations, fault: Fault, phase: Phase): Promise<Cell> {
  const { command, to } = phase;
  await arena.restore(stations[phase.from]);
  const run = arena.start(command, inputsOf(command));
  const begun = run.saw(phase.begins).then(async () => fault.begin(arena));
  const first = await run.result;
  await begun;
  await fault.end(arena);
  const problems = brokenPromises(fault, command, first);
  let { ending = 'none' } = first.outputs;
  if (ending !== GREEN[command]) {
    const again = await arena.start(command, inputsOf(command), { runId: '2' }).result;
    const next = again.outputs['ending'] ?? 'none';
    const isThere = next === GREEN[command] || next === 'nothing-to-do';
    problems.push(
      ...unnamed(again),
      ...(isThere ? [] : [`run again on a better day it ended ${next}: ${again.outputs['reason'] ?? again.stdout}`]),
    );
    ending = `${ending} (${first.outputs['reason-code'] ?? ''}), then ${next}`;
  }
  problems.push(...(await settledDifferences(arena.place, stations[to].scene)));
  return { fault: fault.name, phase: phase.name, ending, problems };
}
