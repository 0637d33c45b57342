// May these credentials do what this command does? Before anything else is read, and before anything is written.
import type { Command } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { preflightRights } from '../phases/preflight-rights.ts';
import { needsOf, needsToAct, needsToLook } from '../plan/needs.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { needsScope, type Run } from './run.ts';

/** Empty when the mesh and the journal can be read. Else there is nothing to decide on, and all that is missing is told at once. */
export async function cannotLook(run: Run, command: Command): Promise<readonly Finding[]> {
  const scope = needsScope(run);
  const missing = await preflightRights(run.world.cluster, needsToLook(command, scope));
  return missing.length === 0 ? [] : preflightRights(run.world.cluster, needsOf(command, scope));
}

/** What is missing beyond reading. `plan`: of an upgrade that has begun, whose word counts over this run's inputs. */
export const cannotAct = async (run: Run, command: Command, plan?: UpgradePlan): Promise<readonly Finding[]> =>
  preflightRights(run.world.cluster, needsToAct(command, needsScope(run, plan)));
