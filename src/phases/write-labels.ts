// How are labels written so that they can be put back? Journalled first, compare-and-swap, read back; never a restart.
import { API_GATEWAY, NAMESPACE, nameOf, type KubeObject, type Kind } from '../mesh/kinds.ts';
import type { Written } from '../plan/journal.ts';
import { BrokenWorld, isConflict } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import type { Session } from './session.ts';

export interface LabelWish {
  readonly name: string;
  readonly namespace?: string;
  /** `null` takes the label away. */
  readonly labels: Readonly<Record<string, string | null>>;
}
type Labelled = typeof NAMESPACE | typeof API_GATEWAY;
const ATTEMPTS = 5;
const AT_ONCE = 8;

/** Every object that still exists carries the wished labels, as read back; the others are left out. Says what it changed. */
export async function writeLabels(session: Session, kind: Labelled, wishes: readonly LabelWish[]): Promise<void> {
  if (wishes.length === 0) return;
  const { world } = session;
  const found = await readAll(session, kind);
  const changes = wishes.flatMap((wish) => {
    const object = found.get(idOf(wish));
    const labels = object === undefined ? {} : differences(object, wish.labels);
    return Object.keys(labels).length === 0 ? [] : [{ wish, labels }];
  });
  if (changes.length === 0) return;
  await session.record({ kind: 'write', written: changes.map(({ wish, labels }) => writtenOf(kind, wish, labels)) });
  await inParallel(changes, AT_ONCE, async ({ wish }) => {
    world.signal.throwIfAborted();
    await patchLabels(session, kind, wish);
  });
  const after = await readAll(session, kind);
  for (const { wish, labels } of changes) {
    const object = after.get(idOf(wish));
    if (object === undefined) continue;
    const wrong = Object.entries(differences(object, wish.labels)).map(([key]) => key);
    if (wrong.length > 0) {
      throw new BrokenWorld(`${nameOf({ kind, ...wish })} does not keep ${wrong.join(', ')} as written`, {
        remedy:
          'Something else writes this object (a GitOps controller or a webhook): make the change there, then run again.',
      });
    }
    world.log.line(`${nameOf({ kind, ...wish })}: ${storyOf(labels)}, read back`);
  }
}

type Differences = Record<string, { from: string | null; to: string | null }>;

function differences(object: KubeObject, wished: LabelWish['labels']): Differences {
  const current = object.metadata.labels ?? {};
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

async function patchLabels(session: Session, kind: Kind<KubeObject>, wish: LabelWish): Promise<void> {
  const { cluster } = session.world;
  for (let attempt = 1; ; attempt += 1) {
    const object = await cluster.get(kind, wish.name, wish.namespace);
    if (object === undefined) return; // deleted meanwhile: nothing to move
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

function writtenOf(kind: Labelled, wish: LabelWish, labels: Differences): Written {
  const { name, namespace } = wish;
  const type = kind.kind === 'Gateway' ? 'Gateway' : 'Namespace';
  return {
    kind: 'labels',
    object: { kind: type, name, ...(namespace === undefined ? {} : { namespace }) },
    where: 'metadata',
    labels,
  };
}
