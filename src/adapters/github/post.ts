// What does the step's `post` know of its `main`? Whether it ran, and whether it could say how it ended.
import * as core from '@actions/core';

const STARTED = 'started';
const ENDING = 'ending';
const HOLDER = 'holder';

/** To be called as early as possible: from then on `isPost` is true in the post step, which learns who held the lease. */
export function rememberStart(holder: string): void {
  quietly(STARTED, 'true');
  quietly(HOLDER, holder);
}
export function rememberEnding(ending: string): void {
  quietly(ENDING, ending);
}

/** Without a state file (an odd runner) only the post step's remark is lost. */
function quietly(name: string, value: string): void {
  try {
    core.saveState(name, value);
  } catch (error) {
    core.debug(`state ${name} is not saved: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** True in the step's `post`, which runs the same bundle. */
export const isPost = (): boolean => core.getState(STARTED) !== '';

/** How the killed `main` called itself in the lease; undefined after one that ended in words. */
export const killedHolder = (): string | undefined =>
  core.getState(ENDING) === '' ? core.getState(HOLDER) : undefined;

/** To be said before anything is tried: the runner may not give the post step much time either. */
export function sayKilled(): void {
  core.error(
    'This step was killed before it could say how it ended. Nothing is lost: the journal in the cluster knows what was begun. Run `status` to see where the upgrade is, then the same command again to go on, or `rollback`. Both control planes run until `complete`.',
  );
}
