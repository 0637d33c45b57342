// Phase 7, the way back, once the source can inject: the tag, then every label we wrote, then the pods. Restores only what still
// holds what we wrote, restarts only what runs on the target (or lost its sidecar to us) and would come back on the source, and needs
// nothing but the cluster.
import { NAMESPACE } from '../mesh/kinds.ts';
import type { ApiGateway, MeshSnapshot, WorkloadRef } from '../mesh/snapshot.ts';
import { isOfGateway } from '../plan/gateways.ts';
import { heldBackLabels, labelWishes } from '../plan/labels.ts';
import { type Move, movesOf, podsOf } from '../plan/moves.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { ourStamps, stampOf } from '../plan/stamps.ts';
import { type Relabelled, templateLabelsToHoldBack } from '../plan/template-labels.ts';
import { missingSource } from './await-source.ts';
import { readMesh } from './discover.ts';
import { recordTemplates } from './record-templates.ts';
import { labelsAtRest, restoreAtRest, restoreLabels, restoreTag, templateRestores } from './restore-written.ts';
import { movesWithoutVain } from './restart-again.ts';
import { roll } from './roll.ts';
import type { RollOutcome } from './roll-outcome.ts';
import type { RunSettings } from './run-settings.ts';
import type { Session } from './session.ts';
import { writeLabels } from './write-labels.ts';

export interface RollbackResult {
  /** `no-source`: nothing was written, for the source could not inject. */
  readonly outcome: RollOutcome | { readonly kind: 'no-source'; readonly reason: string };
  /** Namespaces whose workloads went back, in this run or in one before that was stopped: for the gate to look at again. */
  readonly namespaces: readonly string[];
  /** ms since the epoch, by namespace and by workload (`namespace/name`): when its last pod was Ready again. */
  readonly opened: ReadonlyMap<string, number>;
}

/** Everything the decision names runs on the source again, or the journal says what does not. Run again, it goes on. */
export async function rollBack(session: Session, settings: RunSettings): Promise<RollbackResult> {
  const { world } = session;
  const { plan, decision } = session.journal();
  const missing = await missingSource(world, plan, settings.rolloutTimeoutMs);
  if (missing !== undefined)
    return { outcome: { kind: 'no-source', reason: missing }, namespaces: [], opened: new Map() };
  const batch = decision?.scope === 'batch' ? plan.batches.find(({ number }) => number === decision.batch) : undefined;
  await session.record({ kind: 'restarting', stage: 'rollback' });
  const rolling = batch === undefined ? await selfRollingOnTarget(session) : [];
  const leftOver: string[] = [];
  if (batch === undefined) {
    leftOver.push(...(await restoreTag(session)));
    leftOver.push(...(await restoreLabels(session)));
  } else {
    leftOver.push(...(await holdBack(session, batch.namespaces)));
  }
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  const restores =
    batch === undefined
      ? await templateRestores(session, snapshot, leftOver)
      : templateLabelsToHoldBack(plan, snapshot, batch.namespaces);
  if (batch !== undefined) await recordTemplates(session, snapshot, labelsAtRest(restores).map(asMove));
  leftOver.push(...(await restoreAtRest(session, restores)));
  const namespaces = orderedNamespaces(
    session,
    snapshot,
    batch?.namespaces.map(({ name }) => name),
  );
  const moves = await movesWithoutVain(session, { by: 'rollback', to: plan.source }, snapshot, () =>
    movesOf({
      snapshot,
      namespaces,
      to: plan.source,
      templateLabels: restores,
      restartedAt: stampOf(session.journal(), 'rollback') ?? '',
      evenIfUnavailable: true,
    }),
  );
  const restartedAt = stampOf(session.journal(), 'rollback') ?? '';
  const sentences = [...new Set([...leftOver, ...moves.leftOver])];
  const ours = ourStamps(session.journal());
  const items = moves.items.filter(({ ref, how }) => how.kind !== 'restart' || isOfOurs(snapshot, ref, plan, ours));
  await session.record(
    { kind: 'left-over', by: 'rollback', sentences },
    {
      kind: 'going-back',
      namespaces: [
        ...new Set([...items.map(({ ref }) => ref.namespace), ...comingBack(rolling, snapshot, plan.source)]),
      ],
    },
  );
  if (batch !== undefined) await recordTemplates(session, snapshot, items);
  const unwell: string[] = [];
  const opened = new Map<string, number>();
  const outcome = await roll(session, {
    title: 'rollback',
    items,
    expected: plan.source,
    restartedAt,
    timeoutMs: settings.rolloutTimeoutMs,
    maxInFlight: settings.maxRestarting,
    replaceStuck: plan.target,
    keepGoing: true,
    onOwnFault: (what) => {
      const sentence = `${what}; it is on ${plan.source}, and its proxy is not to blame: see what ails it`;
      world.log.warning(sentence);
      unwell.push(sentence);
    },
    // Once: the next run's restarts have one stamp.
    onInVain: async ({ reasonCode, reason }) => {
      if (stampOf(session.journal(), 'rollback') === restartedAt)
        await session.record({ kind: 'rollback-failed', reasonCode, reason });
    },
    onNamespaceDone: (namespace, readySinceMs) => opened.set(namespace, readySinceMs || world.clock.now()),
    onWorkloadDone: ({ namespace, name }, readySinceMs) =>
      opened.set(`${namespace}/${name}`, readySinceMs || world.clock.now()),
    signal: world.signal,
  });
  if (unwell.length > 0)
    await session.record({ kind: 'left-over', by: 'rollback', sentences: [...sentences, ...unwell] });
  return {
    outcome,
    namespaces: session.journal().wentBack ?? [],
    opened,
  };
}

const asMove = ({ workload: { ref }, to }: Relabelled): Move => ({
  ref,
  how: { kind: 'template-label', to },
});

/** Sentences: namespaces that somebody else relabelled, or keeps from being relabelled. */
async function holdBack(
  session: Session,
  namespaces: Parameters<typeof templateLabelsToHoldBack>[2],
): Promise<readonly string[]> {
  const { plan } = session.journal();
  const wishes = labelWishes(namespaces, (namespace) => heldBackLabels(plan, namespace));
  return writeLabels(session, NAMESPACE, wishes, 'tell');
}

/** Gateways first, then the batch in flight, then the rest newest first, then whatever drifted. */
function orderedNamespaces(
  session: Session,
  snapshot: MeshSnapshot,
  only: readonly string[] | undefined,
): readonly string[] {
  if (only !== undefined) return only;
  const { plan } = session.journal();
  const gateways = plan.gateways.map((gateway) =>
    gateway.kind === 'gateway-api' ? gateway.namespace : gateway.workload.namespace,
  );
  const batches = plan.batches.toReversed().flatMap((batch) => batch.namespaces.map(({ name }) => name));
  const drifted = snapshot.pods.filter((pod) => pod.injected === plan.target).map((pod) => pod.namespace);
  return [...new Set([...gateways, ...batches, ...drifted])];
}

type ApiGatewayRef = Pick<ApiGateway, 'namespace' | 'name'>;

/**
 * Planned Gateway API gateways with pods on the target. To be asked before the tag goes back: where the new pods never got ready,
 * istiod and Kubernetes are done with them before anybody could look again, and nobody would judge whether that helped.
 */
async function selfRollingOnTarget({ world, journal }: Session): Promise<readonly ApiGatewayRef[]> {
  const { plan } = journal();
  const gateways = plan.gateways.filter(({ kind }) => kind === 'gateway-api');
  if (gateways.length === 0) return [];
  const snapshot = await readMesh(world.cluster, plan.istioNamespace);
  return snapshot.workloads
    .filter((workload) => gateways.some((gateway) => isOfGateway(gateway, workload)))
    .filter((workload) => podsOf(snapshot, workload).some(({ injected }) => injected === plan.target))
    .map(({ ref, madeByGateway = '' }) => ({ namespace: ref.namespace, name: madeByGateway }));
}

/** Namespaces of those that ask for the source again. */
const comingBack = (
  gateways: readonly ApiGatewayRef[],
  { apiGateways }: MeshSnapshot,
  source: string,
): readonly string[] =>
  apiGateways
    .filter(({ requested }) => requested === source)
    .filter((each) => gateways.some(({ namespace, name }) => namespace === each.namespace && name === each.name))
    .map(({ namespace }) => namespace);

/** Some of its pods run on the target, or lost their sidecar or came back on yet another revision when we restarted them. */
function isOfOurs(
  snapshot: MeshSnapshot,
  { kind, namespace, name }: WorkloadRef,
  { source, target }: Pick<UpgradePlan, 'source' | 'target'>,
  ours: ReadonlySet<string>,
): boolean {
  return snapshot.workloads
    .filter(({ ref }) => ref.kind === kind && ref.namespace === namespace && ref.name === name)
    .some((workload) =>
      podsOf(snapshot, workload).some(
        ({ injected }) => injected === target || (injected !== source && ours.has(workload.restartedAt ?? '')),
      ),
    );
}
