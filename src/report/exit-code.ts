// Which exit code does a command line end with? In a GitHub step every red ending is 1 (the runner knows no more).
import { isGreen, type EndingKind } from '../plan/ending.ts';

export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** 0 green, 1 broken, 2 refused (bad usage too), 3 held, 4 rolled back without having been asked to. */
export function exitCodeOf(kind: EndingKind, command: string): ExitCode {
  if (isGreen(kind, command)) return 0;
  if (kind === 'refused') return 2;
  if (kind === 'held') return 3;
  if (kind === 'rolled-back') return 4;
  return 1;
}
