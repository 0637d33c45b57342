// How does a command end when the world fails it? Every exception becomes a named ending that says how to go on.
import type { Ending } from '../plan/ending.ts';
import { refusalOf, stopOf } from '../plan/stop-of.ts';
import { ApiError, BrokenWorld, Contested, Interrupted, LostLease } from '../shared/errors.ts';

const SAFE = 'Both control planes run until `complete`, so doing nothing for now is safe.';
const REACH =
  'Check the way to the API server (network, VPN, proxy, firewall), and that the kubeconfig names the right one.';

export function endingOfError(error: unknown, command: string): Ending {
  const base = { findings: [], resumeCommand: command };
  const { again, orBack, safe } = wayOn(command);
  const goOn = `Run ${again}${orBack} ${safe}`;
  if (error instanceof Interrupted || error instanceof LostLease) {
    const { reasonCode, first, resumeCommand } = stopOf(error, command);
    const rest = resumeCommand === command ? goOn : safe;
    const next = first === undefined ? rest : `${first} ${rest}`;
    return { ...base, kind: 'held', reasonCode, sentence: error.message, next, resumeCommand };
  }
  if (error instanceof Contested)
    return { ...base, kind: 'held', reasonCode: 'contested', sentence: error.message, next: `${error.remedy} ${goOn}` };
  const refusal = refusalOf(error);
  if (refusal !== undefined && error instanceof Error) {
    const { reasonCode, first } = refusal;
    const next = reasonCode === 'forbidden' ? `${first} ${goOn}` : `${first} Then run ${again} ${safe}`;
    return { ...base, kind: 'held', reasonCode, sentence: error.message, next };
  }
  if (error instanceof BrokenWorld)
    return { ...base, kind: 'broken', reasonCode: 'broken', sentence: error.message, next: `${error.remedy} ${goOn}` };
  if (error instanceof ApiError) {
    const next = error.status === 0 ? `${REACH} ${goOn}` : goOn;
    return { ...base, kind: 'broken', reasonCode: 'api-server', sentence: error.message, next };
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    ...base,
    kind: 'broken',
    reasonCode: 'bug',
    sentence: `this is a bug of istio-canary-upgrade: ${words}`,
    next: `Please report it. ${goOn}`,
  };
}

/** `plan` and `status` begin nothing that could go on, or back; and a rollback is the way back itself. */
function wayOn(command: string): { readonly again: string; readonly orBack: string; readonly safe: string } {
  if (command === 'plan' || command === 'status')
    return {
      again: `\`${command}\` again: it writes nothing.`,
      orBack: '',
      safe: 'Doing nothing for now is as safe as before.',
    };
  return {
    again: `\`${command}\` again: it goes on where it stopped.`,
    orBack: command === 'rollback' ? '' : ' Or run `rollback`.',
    safe: SAFE,
  };
}
