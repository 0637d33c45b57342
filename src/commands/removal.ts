// What would keep phase 8 from removing the source? Those who carry it out are refused for it before anything is written; everybody
// else is told before the upgrade begins, since both control planes can run on.
import type { Command } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { lookAtRemoval } from '../phases/look-at-removal.ts';
import { releaseOf } from '../phases/source-release.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { usersLeft, usersSaid } from '../plan/users-left.ts';
import type { Run } from './run.ts';

const carriesOut = (command: Command): boolean => command === 'upgrade' || command === 'complete';

/** All of it, for a command that removes the source; what was `found` already is not told twice. */
export async function removalFindings(
  { world }: Run,
  command: Command,
  plan: UpgradePlan,
  found: readonly Finding[],
): Promise<readonly Finding[]> {
  if (!carriesOut(command) || plan.removeSource !== 'auto') return [];
  // Whoever may not look is told which right is missing.
  if (found.some(({ id }) => id === 'permission-missing')) return [];
  const { obstacles } = await lookAtRemoval(world, plan);
  return obstacles.filter(({ id, subject }) => !found.some((other) => other.id === id && other.subject === subject));
}

/** What can be known of it from the mesh and from helm, before anything has moved: notices, never a refusal. */
export async function foreseenFindings(
  { world }: Run,
  command: Command,
  plan: UpgradePlan,
  snapshot: MeshSnapshot,
): Promise<readonly Finding[]> {
  if (plan.removeSource === 'keep') return [];
  const owner = snapshot.controlPlanes.find(({ revision }) => revision === plan.source)?.owner;
  // Any other owner that would put the source back is refused by the guards.
  const asksHelm = owner?.kind === 'helm' && plan.removeSource === 'auto' && !carriesOut(command);
  const release = asksHelm ? await releaseOf(world.installer, owner, plan) : undefined;
  return [
    ...(release !== undefined && 'id' in release ? [asForeseen(release)] : []),
    ...staysInUse(plan, usersLeft(snapshot, plan)),
  ];
}

/** The same, each as a warning: the end is far, and what was only a line of the log is forgotten by then. */
export async function foretell(run: Run, command: Command, plan: UpgradePlan, snapshot: MeshSnapshot): Promise<void> {
  for (const { id, message, remedy } of await foreseenFindings(run, command, plan, snapshot))
    run.world.log.warning(`${id}: ${message}. ${remedy}`);
}

/** Others may have the tool, or the right to read the release, that is missing here. */
const asForeseen = (obstacle: Finding): Finding => ({
  ...obstacle,
  severity: 'notice',
  message: `run from here, \`upgrade\` and \`complete\` would be refused: ${obstacle.message}`,
  ...(obstacle.id === 'removal-cannot-be-checked'
    ? {
        remedy:
          'Let `complete` run with credentials that may read it (docs/rbac); it looks again before it deletes anything.',
      }
    : {}),
});

function staysInUse({ source }: UpgradePlan, users: readonly string[]): readonly Finding[] {
  if (users.length === 0) return [];
  return [
    {
      id: 'source-stays-in-use',
      severity: 'notice',
      subject: `revision ${source}`,
      message: `once all that this plan moves has moved, ${source} is still in use: ${usersSaid(users)}; \`upgrade\` leaves it running then, and \`complete\` is refused`,
      remedy: 'Take it into the plan, or move it yourself before `complete`; or use `remove-source: keep`.',
    },
  ];
}
