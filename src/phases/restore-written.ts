// What we wrote goes back to what it was: the tag and labels at once, pod templates as moves for the caller to roll. What somebody else
// has written since is never touched; it is told, with who wrote it.
import { API_GATEWAY, type KubeObject, NAMESPACE, nameOf, type ObjectMeta } from '../mesh/kinds.ts';
import { lastWriterOf } from '../mesh/last-writer.ts';
import { asRevision, asTag, REV } from '../mesh/names.ts';
import type { MeshSnapshot, Workload } from '../mesh/snapshot.ts';
import { rollsNothing } from '../plan/moves.ts';
import type { Relabelled } from '../plan/template-labels.ts';
import { judgeRestore, labelRestores, type LabelRestore, tagRestore } from '../plan/restore.ts';
import { isNotFound } from '../shared/errors.ts';
import { notPutBack } from './not-put-back.ts';
import { kindOf } from './start-restart.ts';
import type { Session } from './session.ts';
import { switchTag } from './switch-tag.ts';
import { readTag } from './tag-stands.ts';
import { templateStory } from './template-story.ts';
import { writeLabels, type LabelWish } from './write-labels.ts';

/** The tag points to where it pointed before our first move; else a sentence says where it points and who did that. */
export async function restoreTag(session: Session): Promise<readonly string[]> {
  const { world } = session;
  const { plan, written } = session.journal();
  const move = tagRestore(written);
  const { revision: current, writer } = await readTag(world.cluster, plan.tag);
  if (move === undefined && current === plan.source) return [];
  if (move !== undefined && (current === move.to || current === move.from)) {
    await switchTag(world, { tag: asTag(move.tag), to: asRevision(move.from), istioNamespace: plan.istioNamespace });
    return [];
  }
  return [`tag ${plan.tag} points to ${current ?? 'nothing'}${leftTo(writer)}`];
}

/** Labels of namespaces and Gateways hold what they held before our first write; a sentence for each that somebody else wrote or denies. */
export async function restoreLabels(session: Session): Promise<readonly string[]> {
  const { cluster } = session.world;
  const leftOver: string[] = [];
  for (const kind of [NAMESPACE, API_GATEWAY] as const) {
    const wishes: LabelWish[] = [];
    for (const restore of labelRestores(session.journal().written)) {
      if (restore.where !== 'metadata' || restore.object.kind !== kind.kind) continue;
      const object = await cluster.get<KubeObject>(kind, restore.object.name, restore.object.namespace);
      if (object === undefined) continue;
      const { labels, foreign } = sorted(restore, object.metadata.labels ?? {});
      leftOver.push(...foreign.map(sentenceOf(nameOf({ ...restore.object, kind }), object.metadata, 'metadata')));
      if (Object.keys(labels).length > 0) wishes.push({ ...restore.object, labels });
    }
    leftOver.push(...(await writeLabels(session, kind, wishes, 'tell')));
  }
  return leftOver;
}

/** The `istio.io/rev` that each pod template gets back; sentences for those that somebody else wrote since are added to `leftOver`. */
export async function templateRestores(
  session: Session,
  snapshot: MeshSnapshot,
  leftOver: string[],
): Promise<ReadonlyMap<Workload, string | null>> {
  const found = new Map<Workload, string | null>();
  for (const { object, where, ...restore } of labelRestores(session.journal().written)) {
    if (where !== 'template') continue;
    const workload = snapshot.workloads.find(
      ({ ref }) => ref.kind === object.kind && ref.namespace === object.namespace && ref.name === object.name,
    );
    if (workload === undefined) continue;
    const kind = kindOf(workload.ref);
    const { labels, foreign } = sorted(restore, workload.templateLabels);
    if (foreign.length > 0) {
      const live = await session.world.cluster.get<KubeObject>(kind, object.name, object.namespace);
      leftOver.push(...foreign.map(sentenceOf(nameOf({ ...object, kind }), live?.metadata, 'template')));
    }
    for (const value of Object.values(labels)) found.set(workload, value);
  }
  return found;
}

/**
 * The `istio.io/rev` of those whose template rolls nothing (paused, OnDelete): it decides for the pods that they get later. Neither
 * restarted nor followed; a sentence for each that is denied.
 */
export async function restoreAtRest(
  { world }: Session,
  restores: ReadonlyMap<Workload, string | null>,
): Promise<readonly string[]> {
  const refused: string[] = [];
  for (const { workload, to } of labelsAtRest(restores)) {
    const kind = kindOf(workload.ref);
    const name = nameOf({ ...workload.ref, kind });
    const wished = { labels: { [REV]: to } };
    world.signal.throwIfAborted();
    try {
      const patched = await world.cluster.patch(kind, workload.ref, { spec: { template: { metadata: wished } } });
      const before = { labels: workload.templateLabels };
      world.log.line(`${name}: ${templateStory(before, wished, patched.spec.template.metadata)}`);
    } catch (error) {
      if (isNotFound(error)) continue;
      const sentence = notPutBack(name, `${REV}=${to ?? 'none'} in its pod template`, error);
      if (sentence === undefined) throw error;
      world.log.warning(sentence);
      refused.push(sentence);
    }
  }
  return refused;
}

/** As far as the template holds something else. */
export const labelsAtRest = (restores: ReadonlyMap<Workload, string | null>): readonly Relabelled[] =>
  [...restores]
    .map(([workload, to]) => ({ workload, to }))
    .filter(({ workload, to }) => rollsNothing(workload) && (workload.templateLabels[REV] ?? null) !== to);

interface Foreign {
  readonly key: string;
  readonly value: string | null;
}

/** The labels to write back, and those that hold what somebody else wrote since. */
function sorted(
  { labels }: Pick<LabelRestore, 'labels'>,
  current: Readonly<Record<string, string>>,
): { readonly labels: Readonly<Record<string, string | null>>; readonly foreign: readonly Foreign[] } {
  const judged = labels.map((label) => {
    const value = current[label.key] ?? null;
    return { ...label, value, judgement: judgeRestore(label, value) };
  });
  return {
    labels: Object.fromEntries(
      judged.flatMap(({ key, original, judgement }) => (judgement === 'restore' ? [[key, original]] : [])),
    ),
    foreign: judged.filter(({ judgement }) => judgement === 'someone-else'),
  };
}

const sentenceOf =
  (name: string, metadata: ObjectMeta | undefined, where: 'metadata' | 'template') =>
  ({ key, value }: Foreign): string =>
    `${name}: ${key} is ${value ?? 'absent'}${leftTo(metadata && lastWriterOf(metadata, key, where))}`;

const leftTo = (writer = 'somebody else'): string => `, which ${writer} changed: it is left as it is`;
