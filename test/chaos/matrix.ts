// What comes of each bad day in each phase? Runs the command that has the phase, lets the fault begin with it, and demands an ending
// that keeps what is promised, and that the same command, run again on a better day, gets to the expected cluster.
import type { Arena } from './arena.ts';
import type { Fault } from './faults.ts';
import { GREEN, inputsOf, type Phase, type Stations } from './phases.ts';
import { brokenPromises, unnamed } from './promised.ts';
import { settledDifferences } from './scene.ts';

export interface Cell {
  readonly fault: string;
  readonly phase: string;
  /** As a reader of the table sees it: `promoted`, or `broken, then promoted`. */
  readonly ending: string;
  /** Empty: as promised. */
  readonly problems: readonly string[];
}

export async function tryCell(arena: Arena, stations: Stations, fault: Fault, phase: Phase): Promise<Cell> {
  const { command, from, to } = phase;
  await arena.restore(stations[from]);
  const run = arena.start(command, inputsOf(command));
  const begun = run.saw(phase.begins).then(
    async () => {
      await fault.begin(arena);
      return [];
    },
    () => ['it never came to the phase'],
  );
  const first = await run.result;
  const problems: string[] = [...(await begun), ...brokenPromises(fault, phase, first)];
  await fault.end(arena);
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
  const left = to === 'before' ? arena.left : {};
  problems.push(...(await settledDifferences(arena.place, stations[to].scene, left)));
  return { fault: fault.name, phase: phase.name, ending, problems };
}
