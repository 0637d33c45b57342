// Which inputs count for this run alone? They are not in the plan, so nobody could look them up afterwards.
import type { Config } from '../config/config.ts';
import { span } from '../slo/sentence.ts';

/** `this run: rollout-timeout 10m, max-restarting 20, …`: one line, with what is not set too. */
export function runInputsLine({ command, run }: Pick<Config, 'command' | 'run'>): string {
  const values: readonly (readonly [string, string | number])[] = [
    ...(command === 'promote' ? [['batch', run.batch] as const] : []),
    ['rollout-timeout', span(run.rolloutTimeoutMs)],
    ['max-restarting', run.maxRestarting],
    ['lock-wait', span(run.lockWaitMs)],
    ['max-duration', run.maxDurationMs === undefined ? 'no limit' : span(run.maxDurationMs)],
    ['accept', run.accept.length === 0 ? 'nothing' : run.accept.join(' ')],
    ['accept-hold', run.acceptHold ?? 'none'],
  ];
  return `this run: ${values.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
}
