// In which phases can a bad day begin? Each with the command that has it, the mesh it starts from and gets to, and the line of the log
// with which the phase begins.
import type { Inputs } from '../e2e/stage.ts';
import type { Arena } from './arena.ts';
import type { SavedState } from './saved-state.ts';
import type { VariantName } from './variants.ts';

/** States of the mesh between commands, as uninterrupted ones leave them. */
export interface Stations {
  readonly before: SavedState;
  readonly started: SavedState;
  readonly promoted: SavedState;
  readonly moved: SavedState;
  readonly completed: SavedState;
}

export interface Phase {
  readonly name: string;
  readonly variant: VariantName;
  readonly command: string;
  readonly from: keyof Stations;
  readonly to: keyof Stations;
  readonly begins: RegExp;
  /** With which endings the command may answer where the gate it comes to sees nothing; absent: it comes to none. */
  readonly blinded?: readonly string[];
}

const START = { variant: 'whole', command: 'start', from: 'before', to: 'started', blinded: ['held'] } as const;
const PROMOTE = { variant: 'whole', command: 'promote', from: 'started', to: 'promoted', blinded: ['held'] } as const;
const COMPLETE = { variant: 'whole', command: 'complete', from: 'moved', to: 'completed' } as const;

export const PHASES: readonly Phase[] = [
  // What is found then may stop it before anything is written.
  { name: 'discover', ...START, begins: /this run: /u, blinded: ['refused', 'held'] },
  { name: 'install', ...START, begins: /Control plane 1-32/u },
  { name: 'tag', ...START, begins: /Pin what waits/u },
  { name: 'gateways', ...START, begins: /Gateways \(1\)/u },
  { name: 'batch', ...PROMOTE, begins: /Batch 1 of 2/u },
  { name: 'gate', ...PROMOTE, begins: /gate, batch 1/u },
  { name: 'soak', ...COMPLETE, command: 'upgrade', begins: /Soak: everything/u, blinded: ['held'] },
  { name: 'complete', ...COMPLETE, begins: /Remove 1-31/u },
  { name: 'rollback', ...COMPLETE, command: 'rollback', to: 'before', begins: /Roll back to 1-31/u },
  // Under `relabel` it moves the tag first, and judges once more.
  { name: 'relabel-complete', ...COMPLETE, variant: 'relabel', begins: /Remove 1-31/u, blinded: ['held'] },
];

/** How each command ends where nothing disturbs it. */
export const GREEN: Readonly<Record<string, string>> = {
  start: 'started',
  promote: 'promoted',
  upgrade: 'completed',
  complete: 'completed',
  rollback: 'rolled-back',
};

/** A gate that sees nothing gives up soon. */
const IMPATIENT: Inputs = { 'max-bake': '15s' };
export const inputsOf = (command: string): Inputs => (command === 'start' || command === 'upgrade' ? IMPATIENT : {});

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
