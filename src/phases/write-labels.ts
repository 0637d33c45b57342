// How are labels written so that they can be put back? Journalled first, compare-and-swap, read back; never a restart, and
// never over a value that somebody else wrote.
import { API_GATEWAY, NAMESPACE, nameOf, type KubeObject, type Kind } from '../mesh/kinds.ts';
import type { Written } from '../plan/journal.ts';
import { foreignLabels, labelRestores } from '../plan/restore.ts';
import { isConflict } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { contestedBy } from './contested.ts';
import { notPutBack } from './not-put-back.ts';
import type { Session } from './session.ts';

export interface LabelWish {
  readonly name: string;
  readonly namespace?: string;
  /** `null` takes the label away. */
  readonly labels: Readonly<Record<string, string | null>>;
  /** As the plan found them; absent where the caller has judged the present values itself. */
  readonly found?: Readonly<Record<string, string | null>>;
}
type Labelled = typeof NAMESPACE | typeof API_GATEWAY;
const ATTEMPTS = 5;
const AT_ONCE = 8;

/**
 * Every object that still exists carries the wished labels, as read back. Left alone, warned of and returned as sentences: those whose
 * labels hold what neither the plan found nor we wrote. `onRefusal` is for one object that is denied, or whose label does not stay as
 * written: by default it throws (`ApiError`, `Contested`); on the way back it is told like those left alone, and the rest goes on.
 */
export async function writeLabels(
  session: Session,
  kind: Labelled,
  wishes: readonly LabelWish[],
  onRefusal: 'stop' | 'tell' = 'stop',
): Promise<readonly string[]> {
  if (wishes.length === 0) return [];
  const { world } = session;
  const found = await readAll(session, kind);
  const restores = labelRestores(session.journal().written);
  const leftAlone: string[] = [];
  const leave = (sentence: string): void => {
    world.log.warning(sentence);
    leftAlone.push(sentence);
  };
  const changes = wishes.flatMap((wish): readonly Wanted[] => {
    const object = found.get(idOf(wish));
    const labels = object === undefined ? {} : differences(object.metadata.labels, wish.labels);
    if (object === undefined || Object.keys(labels).length === 0) return [];
    const foreign = foreignLabels(restores, objectOf(kind, wish), wish.found ?? {}, object.metadata.labels ?? {});
    if (foreign.length === 0) return [{ wish, labels }];
    leave(`${nameOf({ ...wish, kind })}: ${foreign.join(', ')}, which this upgrade did not write: it is left alone`);
    return [];
  });
  if (changes.length === 0) return leftAlone;
  await session.record({ kind: 'write', written: changes.map(({ wish, labels }) => writtenOf(kind, wish, labels)) });
  const refused = new Set<Wanted>();
  const refuse = (change: Wanted, error: unknown): void => {
    const sentence =
      onRefusal === 'stop' ? undefined : notPutBack(nameOf({ ...change.wish, kind }), storyOf(change.labels), error);
    if (sentence === undefined) throw error;
    leave(sentence);
    refused.add(change);
  };
  await inParallel(changes, AT_ONCE, async (change) => {
    world.signal.throwIfAborted();
    await patchLabels(session, kind, change).catch((error: unknown) => refuse(change, error));
  });
  const after = await readAll(session, kind);
  for (const change of changes) {
    const { wish, labels } = change;
    const object = after.get(idOf(wish));
    if (object === undefined || refused.has(change)) continue;
    const [wrong] = Object.keys(differences(object.metadata.labels, wish.labels));
    if (wrong === undefined) world.log.line(`${nameOf({ ...wish, kind })}: ${storyOf(labels)}, read back`);
    else refuse(change, contestedBy(kind, object, wrong, object.metadata.labels?.[wrong]));
  }
  // Else a batch that is tried again would take what still stands for somebody else's.
  const stands = [...refused].flatMap(({ wish, labels }) => undoneOf(kind, wish, labels, after.get(idOf(wish))));
  if (stands.length > 0) await session.record({ kind: 'write', written: stands });
  return leftAlone;
}

interface Wanted {
  readonly wish: LabelWish;
  readonly labels: Differences;
}
type Differences = Record<string, { from: string | null; to: string | null }>;

/** What would change of these labels; nothing where they hold all that is wished. */
export function differences(current: Readonly<Record<string, string>> = {}, wished: LabelWish['labels']): Differences {
  return Object.fromEntries(
    Object.entries(wished)
      .map(([key, to]) => [key, { from: current[key] ?? null, to }] as const)
      .filter(([, { from, to }]) => from !== to),
  );
}

/** `istio-injection: enabled → none, istio.io/rev: none → 1-31`. */
export const storyOf = (labels: Readonly<Record<string, { from: string | null; to: string | null }>>): string =>
  Object.entries(labels)
    .map(([key, { from, to }]) => `${key}: ${from ?? 'none'} → ${to ?? 'none'}`)
    .join(', ');

/** Only over the values that were journalled: whoever wrote another one meanwhile keeps it. */
async function patchLabels(session: Session, kind: Kind<KubeObject>, { wish, labels }: Wanted): Promise<void> {
  const { cluster } = session.world;
  for (let attempt = 1; ; attempt += 1) {
    const object = await cluster.get(kind, wish.name, wish.namespace);
    if (object === undefined) return; // deleted meanwhile: nothing to move
    const now = differences(object.metadata.labels, wish.labels);
    const changed = Object.keys(now).find((key) => now[key]?.from !== labels[key]?.from);
    if (changed !== undefined) throw contestedBy(kind, object, changed, object.metadata.labels?.[changed]);
    const resourceVersion = object.metadata.resourceVersion;
    try {
      await cluster.patch(kind, wish, {
        metadata: { labels: wish.labels, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
      });
      return;
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function readAll(session: Session, kind: Labelled): Promise<Map<string, KubeObject>> {
  const objects: readonly KubeObject[] = await session.world.cluster.list<KubeObject>(kind);
  return new Map(objects.map((object) => [idOf(object.metadata), object]));
}

const idOf = ({ namespace, name }: { readonly namespace?: string; readonly name: string }): string =>
  `${namespace ?? ''}/${name}`;

function objectOf(kind: Labelled, { name, namespace }: LabelWish): Extract<Written, { kind: 'labels' }>['object'] {
  const type = kind.kind === 'Gateway' ? 'Gateway' : 'Namespace';
  return { kind: type, name, ...(namespace === undefined ? {} : { namespace }) };
}

const writtenOf = (kind: Labelled, wish: LabelWish, labels: Differences): Written => ({
  kind: 'labels',
  object: objectOf(kind, wish),
  where: 'metadata',
  labels,
});

/** The write back to what was there, for labels that hold it (still, or again). */
function undoneOf(
  kind: Labelled,
  wish: LabelWish,
  labels: Differences,
  object: KubeObject | undefined,
): readonly Written[] {
  if (object === undefined) return [];
  const current = object.metadata.labels ?? {};
  const undone = Object.entries(labels)
    .filter(([key, { from }]) => (current[key] ?? null) === from)
    .map(([key, { from, to }]) => [key, { from: to, to: from }] as const);
  return undone.length === 0 ? [] : [writtenOf(kind, wish, Object.fromEntries(undone))];
}
