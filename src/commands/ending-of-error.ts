// How does a command end when the world fails it? Every exception becomes a named ending that says how to go on.
import type { Ending } from '../plan/ending.ts';
import { stopOf } from '../plan/stop-of.ts';
import { ApiError, BrokenWorld, Contested, Interrupted, LostLease, NoCredentials } from '../shared/errors.ts';

const SAFE = 'Both control planes run until `complete`, so doing nothing for now is safe.';

export function endingOfError(error: unknown, command: string): Ending {
  const base = { findings: [], resumeCommand: command };
  const goOn = `Run \`${command}\` again: it goes on where it stopped. Or run \`rollback\`. ${SAFE}`;
  if (error instanceof Interrupted || error instanceof LostLease) {
    const { reasonCode, first, resumeCommand } = stopOf(error, command);
    const rest = resumeCommand === command ? goOn : SAFE;
    const next = first === undefined ? rest : `${first} ${rest}`;
    return { ...base, kind: 'held', reasonCode, sentence: error.message, next, resumeCommand };
  }
  if (error instanceof Contested)
    return { ...base, kind: 'held', reasonCode: 'contested', sentence: error.message, next: `${error.remedy} ${goOn}` };
  if (error instanceof NoCredentials || (error instanceof ApiError && error.status === 401))
    return {
      ...base,
      kind: 'held',
      reasonCode: 'credentials-expired',
      sentence: error.message,
      next: `${error instanceof NoCredentials ? error.remedy : 'Log in to the cluster again.'} Then run \`${command}\` again: it goes on where it stopped. ${SAFE}`,
    };
  if (error instanceof BrokenWorld)
    return { ...base, kind: 'broken', reasonCode: 'broken', sentence: error.message, next: `${error.remedy} ${goOn}` };
  if (error instanceof ApiError) {
    return { ...base, kind: 'broken', reasonCode: 'api-server', sentence: error.message, next: goOn };
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
