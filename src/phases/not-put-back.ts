// What does a label that can't be put back leave for a person to do? One namespace that is denied or fought over keeps no other from
// going back. Decides nothing about a server that fails, credentials that end or a run that must stop: those are no object's own.
import { ApiError, Contested } from '../shared/errors.ts';

/** What policies, roles and validation answer, 409 where somebody else was faster every time, and 500 where an admission webhook does not answer. */
const REFUSALS: ReadonlySet<number> = new Set([400, 403, 409, 422, 500]);

/** A sentence that names the object, what came of the change, and what to do; undefined for what must stop the run. */
export function notPutBack(name: string, change: string, error: unknown): string | undefined {
  if (error instanceof Contested)
    return `${error.message}; ${STAYS}. ${error.remedy} It needs ${change}; then restart its workloads.`;
  if (error instanceof ApiError && REFUSALS.has(error.status))
    return `${name}: ${change} is refused (${error.message}); ${STAYS}. See who refuses it (a policy, a webhook, a role) and have it written, then restart its workloads.`;
  return undefined;
}

const STAYS = 'it is left as it is, and what it keeps on another revision is not restarted';
