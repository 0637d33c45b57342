// Phase 4: gateways in place. Restarts or relabels those that are injected, waits for those that roll by themselves,
// and judges them on gateway traffic.
import { labelsIn } from '../mesh/asked-name.ts';
import { requestedRevision, resolverOf } from '../mesh/injection.ts';
import { API_GATEWAY, NAMESPACE } from '../mesh/kinds.ts';
import { REV, type Revision } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { baselineEndMs } from '../plan/baseline.ts';
import { isOfGateway } from '../plan/gateways.ts';
import { labelWishes, movedLabels } from '../plan/labels.ts';
import { brokenBefore, podsOf, restartOf, type Move, type Moves } from '../plan/moves.ts';
import type { Journal } from '../plan/journal.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { PlannedGateway, UpgradePlan } from '../plan/plan.ts';
import { stampOf, stampsInVain } from '../plan/stamps.ts';
import { assertNever } from '../shared/assert-never.ts';
import { unlessContested } from './contested.ts';
import { runGate } from './gate.ts';
import { namespacesThere } from './namespaces-there.ts';
import { recordTemplates } from './record-templates.ts';
import { movesWithoutVain } from './restart-again.ts';
import { roll } from './roll.ts';
import { rolloutVerdict, stageVerdict, type StageVerdict } from './rollout-verdict.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { settledMesh } from './settled-mesh.ts';
import { tagStands } from './tag-stands.ts';
import { writeLabels } from './write-labels.ts';

/** Every planned gateway that a restart can move has its pods Ready with the target's proxy, and its traffic has a verdict. */
export async function upgradeGateways(session: Session, settings: RunSettings): Promise<StageVerdict | undefined> {
  const { world } = session;
  const { plan } = session.journal();
  if (plan.gateways.length === 0) return undefined;
  await session.record({ kind: 'restarting', stage: 'gateways' });
  const leftAlone = await moveLabels(session, plan);
  const snapshot = await settledMesh(
    session,
    (mesh, evenIfUnavailable) => gatewayMoves(session.journal(), mesh, evenIfUnavailable).items,
  );
  const stage = { by: 'gateways', to: plan.target } as const;
  const { items, leftOver, gateways } = await movesWithoutVain(session, stage, snapshot, () =>
    gatewayMoves(session.journal(), snapshot),
  );
  const restartedAt = stampOf(session.journal(), 'gateways') ?? '';
  const firstAt = stampsInVain(session.journal(), 'gateways')[0] ?? restartedAt;
  for (const sentence of leftOver) world.log.warning(sentence);
  await session.record({ kind: 'left-over', by: 'gateways', sentences: [...leftAlone, ...leftOver] });
  if (gateways.length === 0) return unjudged(session);
  await recordTemplates(session, snapshot, items);
  const opened = new Map<string, number>();
  const outcome = await roll(session, {
    title: 'gateways',
    items,
    expected: plan.target,
    restartedAt,
    timeoutMs: settings.rolloutTimeoutMs,
    maxInFlight: settings.maxRestarting,
    onWorkloadDone: (ref, readySinceMs) =>
      opened.set(`${ref.namespace}/${ref.name}`, readySinceMs || world.clock.now()),
    signal: world.signal,
  });
  const broken = rolloutVerdict(outcome, world.clock.now());
  const namespaces = [...new Set(gateways.map(({ namespace }) => namespace))];
  if (broken !== undefined) return stageVerdict(await unlessContested(session, namespaces, broken), outcome);
  const judged = withRequests(gateways, snapshot);
  if (judged.length === 0) {
    world.log.notice('only waypoints have moved: what they carry is judged with the namespaces that are called');
    return unjudged(session);
  }
  for (const { namespace, name } of judged)
    if (!opened.has(`${namespace}/${name}`)) opened.set(`${namespace}/${name}`, world.clock.now());
  const verdict = await runGate(world, {
    settings: plan.gate,
    subject: { kind: 'gateways', gateways: judged },
    unmoved: joinedNames(plan),
    source: plan.source,
    ...(settings.overBefore === undefined ? {} : { overBefore: settings.overBefore }),
    opened,
    beganMs: baselineEndMs(Date.parse(firstAt), session.journal().spoilt),
    isRolloutOver: () => true,
    target: plan.target,
    present: async () => namespacesThere(world.cluster),
    batchLabel: 'gateways',
    signal: world.signal,
  });
  return { verdict: await unlessContested(session, namespaces, verdict) };
}

/** Without a verdict that could say so: nothing may have moved because the tag was taken back. */
async function unjudged(session: Session): Promise<undefined> {
  await tagStands(session);
  return undefined;
}

/** Namespaces of gateways only, and Gateways that name the source themselves. Sentences: those that somebody else relabelled. */
async function moveLabels(session: Session, plan: UpgradePlan): Promise<readonly string[]> {
  const namespaces = labelWishes(plan.gatewayNamespaces, (namespace) => movedLabels(plan, namespace));
  const leftAlone = await writeLabels(session, NAMESPACE, namespaces);
  const gateways = plan.gateways.flatMap((gateway) =>
    gateway.kind === 'gateway-api' && gateway.movedBy === 'own-label'
      ? [
          {
            namespace: gateway.namespace,
            name: gateway.name,
            labels: { [REV]: plan.target },
            found: { [REV]: gateway.from },
          },
        ]
      : [],
  );
  return [...leftAlone, ...(await writeLabels(session, API_GATEWAY, gateways))];
}

/**
 * What has to roll, now that labels and tag have moved, what already runs on the target left out. By the rule of the batches a gateway
 * that does not ask for the target, that a restart can't move, or that was not available before, is named. `gateways`: all others, which
 * are to be judged.
 */
export function gatewayMoves(
  journal: Journal,
  snapshot: MeshSnapshot,
  evenIfUnavailable = false,
): Moves & { readonly gateways: readonly GatewayWorkload[] } {
  const { plan } = journal;
  const order = {
    to: plan.target,
    restartedAt: stampOf(journal, 'gateways') ?? '',
    inVain: stampsInVain(journal, 'gateways'),
    evenIfUnavailable,
  };
  const items: Move[] = [];
  const leftOver: string[] = [];
  const gateways: GatewayWorkload[] = [];
  for (const each of gatewayWorkloads(plan, snapshot)) {
    const move = moveOf(snapshot, each, order);
    if (typeof move === 'string') leftOver.push(move);
    else gateways.push(each);
    if (typeof move === 'object') items.push(move);
  }
  return { items, leftOver, gateways };
}

function moveOf(
  snapshot: MeshSnapshot,
  { gateway, workload }: GatewayWorkload,
  order: Parameters<typeof restartOf>[3],
): Move | string | undefined {
  const { ref } = workload;
  const pods = podsOf(snapshot, workload);
  const asked = askedBy(gateway, workload, snapshot, order.to);
  if (asked !== order.to) {
    const [whose, so] =
      gateway.kind === 'gateway-api' ? ["its Gateway's labels", ''] : ['its labels', ' and restart it'];
    return `${ref.kind} ${ref.namespace}/${ref.name}: ${whose} and its namespace's ask for ${asked ?? 'no revision'}, not for ${order.to}, so it is left as it is; where it should move, correct them${so} yourself`;
  }
  if (gateway.kind === 'gateway-api') return brokenBefore(workload, pods, order) ?? { ref, how: { kind: 'await' } };
  return restartOf(workload, pods, gateway.kind === 'template-label' ? order.to : undefined, order);
}

/** Whose its next pods are; under a label of its own, once that is `to`: a namespace's label outranks it. */
function askedBy(
  gateway: PlannedGateway,
  { ref, templateLabels, requested }: Workload,
  { apiGateways, namespaces, controlPlanes, tags }: MeshSnapshot,
  to: Revision,
): Revision | undefined {
  switch (gateway.kind) {
    case 'restart':
      return requested;
    case 'template-label':
      return requestedRevision(
        labelsIn(namespaces, ref.namespace),
        { ...templateLabels, [REV]: to },
        resolverOf(controlPlanes, tags),
      );
    case 'gateway-api':
      return apiGateways.find(
        ({ namespace, name, managed }) => managed && namespace === gateway.namespace && name === gateway.name,
      )?.requested;
    default:
      return assertNever(gateway);
  }
}

export interface GatewayWorkload {
  readonly gateway: PlannedGateway;
  readonly workload: Workload;
  readonly namespace: string;
  readonly name: string;
}

/** All but waypoints: they count none of their own (`reporter="waypoint"`), so that a gate would wait for them in vain. */
export const withRequests = (
  gateways: readonly GatewayWorkload[],
  { apiGateways }: MeshSnapshot,
): readonly GatewayWorkload[] =>
  gateways.filter(
    ({ gateway }) =>
      gateway.kind !== 'gateway-api' ||
      !apiGateways.some(
        ({ namespace, name, waypoint }) =>
          waypoint === true && namespace === gateway.namespace && name === gateway.name,
      ),
  );

/** The workloads of the planned gateways, as far as they are there. */
export function gatewayWorkloads(plan: UpgradePlan, snapshot: MeshSnapshot): readonly GatewayWorkload[] {
  return plan.gateways.flatMap((gateway) =>
    snapshot.workloads
      .filter((workload) => isOfGateway(gateway, workload))
      .map((workload) => ({ gateway, workload, namespace: workload.ref.namespace, name: workload.ref.name })),
  );
}
