// Phase 8 with what comes before it: under `relabel` the tag moves here and is judged once more; then the proof, then
// the removal. Decides nothing about whether the source should go; the plan says so.
import { NAMESPACE } from '../mesh/kinds.ts';
import { labelWishes, settledLabels } from '../plan/labels.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { Verdict } from '../slo/verdict.ts';
import { readMesh } from './discover.ts';
import { runGate } from './gate.ts';
import type { Session } from './session.ts';
import { switchTag } from './switch-tag.ts';
import { proveUnused, uninstallSource } from './uninstall-source.ts';
import { writeLabels } from './write-labels.ts';

export type CompleteResult =
  | { readonly kind: 'removed' }
  /** Proved unused; what to delete, for those whose GitOps does it. */
  | { readonly kind: 'ready-to-remove' }
  | { readonly kind: 'kept' }
  | { readonly kind: 'in-use'; readonly users: readonly string[] }
  | { readonly kind: 'verdict'; readonly verdict: Verdict };

export async function completeUpgrade(session: Session): Promise<CompleteResult> {
  const { world } = session;
  const { plan } = session.journal();
  if (plan.strategy === 'relabel' && session.journal().tag !== 'done') {
    const stopped = await moveTagLast(session);
    if (stopped !== undefined) return stopped;
  }
  await writeLabels(
    session,
    NAMESPACE,
    labelWishes([...plan.batches.flatMap((batch) => batch.namespaces), ...plan.gatewayNamespaces], (namespace) =>
      settledLabels(plan, namespace),
    ),
  );
  if (plan.removeSource === 'keep') return { kind: 'kept' };
  const users = await proveUnused(world, plan);
  if (users.length > 0) return { kind: 'in-use', users };
  if (plan.removeSource === 'verify') return { kind: 'ready-to-remove' };
  await uninstallSource(world, plan);
  return { kind: 'removed' };
}

/** `relabel`: refuses while a follower of the tag still runs on the source; FAIL moves the tag back. */
async function moveTagLast(session: Session): Promise<CompleteResult | undefined> {
  const { world } = session;
  const { plan } = session.journal();
  const before = await readMesh(world.cluster, plan.istioNamespace);
  const followers = before.pods
    .filter((pod) => !pod.finished && pod.injected === plan.source)
    .map((pod) => `pod ${pod.namespace}/${pod.name} runs on ${plan.source}`);
  if (followers.length > 0) return { kind: 'in-use', users: followers };
  await session.record({ kind: 'stage', stage: 'tag', status: 'begun' });
  await session.record({
    kind: 'write',
    written: [{ kind: 'tag', tag: plan.tag, from: plan.source, to: plan.target }],
  });
  await switchTag(world, { tag: plan.tag, to: plan.target, istioNamespace: plan.istioNamespace });
  const names = joinedNames(plan);
  const now = world.clock.now();
  const verdict = await runGate(world, {
    settings: plan.gate,
    subject: { kind: 'batch', namespaces: names },
    unmoved: [],
    opened: new Map(names.map((name) => [name, now])),
    isRolloutOver: () => true,
    target: plan.target,
    batchLabel: `after tag ${plan.tag} has moved`,
    signal: world.signal,
  });
  if (verdict.kind === 'FAIL') {
    await switchTag(world, { tag: plan.tag, to: plan.source, istioNamespace: plan.istioNamespace });
    await session.record({ kind: 'stage', stage: 'tag', status: 'pending' });
    return { kind: 'verdict', verdict };
  }
  if (verdict.kind === 'HOLD') return { kind: 'verdict', verdict };
  await session.record({ kind: 'stage', stage: 'tag', status: 'done' });
  return undefined;
}
