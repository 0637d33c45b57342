// What would keep phase 8 from removing the source? Those who carry it out are refused for it before anything is written; everybody
// else is told before the upgrade begins, since both control planes can run on.
import type { Command } from '../config/config.ts';
import { type Finding, withRemedy } from '../mesh/finding.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { whyUnreachable } from '../phases/ask-istiods.ts';
import { lookAtConfig, lookAtRemoval, refusalFinding } from '../phases/look-at-removal.ts';
import { whyConfigIsRefused } from '../phases/prove-config-writable.ts';
import { obstacle, releaseOf } from '../phases/source-release.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { REACH_ISTIOD, removeByHand, SOURCE_USES } from '../plan/source-use.ts';
import { usersLeft, usersSaid } from '../plan/users-left.ts';
import type { AccessQuestion } from '../ports/cluster.ts';
import { names } from '../slo/sentence.ts';
import type { Run } from './run.ts';

const UNREACHABLE = SOURCE_USES.unreachable.id;

const carriesOut = (command: Command): boolean => command === 'upgrade' || command === 'complete';

/** All of it, for a command that removes the source, or proves that it may go; what was `found` already is not told twice. */
export async function removalFindings(
  { world }: Run,
  command: Command,
  plan: UpgradePlan,
  found: readonly Finding[],
): Promise<readonly Finding[]> {
  if (!carriesOut(command) || plan.removeSource === 'keep') return [];
  // Whoever may not look is told which right is missing.
  if (found.some(({ id }) => id === 'permission-missing')) return [];
  const unreachable = await unreachableFindings(world, plan);
  const look = plan.removeSource === 'verify' ? lookAtConfig(world.cluster, plan) : lookAtRemoval(world, plan);
  return [...unreachable, ...(await look).findings].filter(
    ({ id, subject }) => !found.some((other) => other.id === id && other.subject === subject),
  );
}

/** The proof that nothing uses it asks istiod: better known before the mesh has moved. */
async function unreachableFindings({ cluster }: Run['world'], plan: UpgradePlan): Promise<readonly Finding[]> {
  const { source, istioNamespace } = plan;
  const why = await whyUnreachable(cluster, source, istioNamespace);
  if (why === undefined) return [];
  return [
    obstacle(
      source,
      UNREACHABLE,
      `whether proxies are connected to it cannot be asked: ${why}`,
      `${REACH_ISTIOD}, then run the same command again. Else use \`remove-source: keep\`, and ${removeByHand(plan)}.`,
    ),
  ];
}

/** What can be known of it before anything has moved, as far as these credentials may ask: notices, never a refusal. */
export async function foreseenFindings(
  { world }: Run,
  command: Command,
  plan: UpgradePlan,
  snapshot: MeshSnapshot,
): Promise<readonly Finding[]> {
  if (plan.removeSource === 'keep') return tagStays(plan, snapshot);
  const owner = snapshot.controlPlanes.find(({ revision }) => revision === plan.source)?.owner;
  // Any other owner that would put the source back is refused by the guards.
  const asksHelm = owner?.kind === 'helm' && plan.removeSource === 'auto' && !carriesOut(command);
  const release = asksHelm ? await releaseOf(world.installer, owner, plan) : undefined;
  const asksIstiod = !carriesOut(command) && (await world.cluster.mayI(istiodQuestion(plan)));
  const asksConfig = !carriesOut(command) && (await world.cluster.mayI(configQuestion(plan)));
  const refusal = asksConfig ? await whyConfigIsRefused(world.cluster, plan.istioNamespace) : undefined;
  return [
    ...(release !== undefined && 'id' in release ? [asForeseen(release, 'run from here, ')] : []),
    ...(asksIstiod ? (await unreachableFindings(world, plan)).map((finding) => asForeseen(finding)) : []),
    ...(refusal?.blocks === true ? [asForeseen(refusalFinding(plan.source, refusal))] : []),
    ...staysInUse(plan, usersLeft(snapshot, plan)),
  ];
}

/** The same, each as a warning: the end is far, and what was only a line of the log is forgotten by then. */
export async function foretell(run: Run, command: Command, plan: UpgradePlan, snapshot: MeshSnapshot): Promise<void> {
  for (const finding of await foreseenFindings(run, command, plan, snapshot))
    run.world.log.warning(`${finding.id}: ${withRemedy(finding)}`);
}

const istiodQuestion = ({ istioNamespace }: UpgradePlan): AccessQuestion => ({
  verb: 'get',
  group: '',
  resource: 'pods',
  subresource: 'proxy',
  namespace: istioNamespace,
});

const configQuestion = ({ istioNamespace }: UpgradePlan): AccessQuestion => ({
  verb: 'create',
  group: 'networking.istio.io',
  resource: 'virtualservices',
  namespace: istioNamespace,
});

/** `where`: others may have the tool, or the right to read the release, that is missing here. */
const asForeseen = (finding: Finding, where = ''): Finding => ({
  ...finding,
  severity: 'notice',
  message: `${where}\`upgrade\` and \`complete\` would be refused: ${finding.message}`,
  ...(finding.id === 'removal-cannot-be-checked'
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

/** Under `relabel` the tag moves last, and not while pods on the source follow it; where the source is removed they are its users anyway. */
function tagStays({ strategy, source, tag, excluded }: UpgradePlan, { pods }: MeshSnapshot): readonly Finding[] {
  const followers = excluded.filter(
    ({ name, move }) =>
      move === 'follows-tag' && pods.some(({ namespace, injected }) => namespace === name && injected === source),
  );
  if (strategy !== 'relabel' || followers.length === 0) return [];
  const said = names(
    followers.map(({ name }) => name),
    10,
  );
  return [
    {
      id: 'source-stays-in-use',
      severity: 'notice',
      subject: `tag ${tag}`,
      message: `it moves at the end, and not while pods on ${source} follow it that this plan leaves out (${said}): \`complete\` is refused then`,
      remedy: `Take them into the plan, or label these namespaces istio.io/rev=${source} before \`complete\`.`,
    },
  ];
}
