// Do the pins still stand that hold on the source what waits? GitOps may put labels back minutes after they were read back, and what
// waits would drift with the tag. Writes each again once; then whoever keeps it is named.
import { type KubeObject, NAMESPACE } from '../mesh/kinds.ts';
import { labelWishes, pinnedLabels } from '../plan/labels.ts';
import { givenUp, type PinTakenBack, pinTakenBack, stillPinned } from '../plan/pins.ts';
import { Contested } from '../shared/errors.ts';
import { contestedBy } from './contested.ts';
import type { Session } from './session.ts';
import { writeLabels } from './write-labels.ts';

interface Undone {
  readonly pin: PinTakenBack;
  readonly object: KubeObject;
}

/**
 * Whatever has to wait while the tag, or this batch, moves is pinned as this upgrade pinned it. Throws `Contested` where somebody takes
 * a pin back for the second time; the next run begins anew with it.
 */
export async function holdPins(session: Session, moving?: number): Promise<void> {
  const { world, journal } = session;
  const { plan } = journal();
  const next = plan.batches.find(({ number }) => number === moving)?.namespaces ?? [];
  const waiting = stillPinned(journal(), moving);
  if (next.length + waiting.length === 0) return;
  const undone = await takenBack(session, [...next, ...waiting]);
  // As its batch needs it: nobody is fought, and what was written is no longer what has to stand.
  const early = undone.filter(({ pin }) => next.includes(pin.namespace) && pin.times > 0);
  if (early.length > 0) await giveUp(session, early);
  const pins = undone.filter(({ pin }) => !next.includes(pin.namespace));
  if (pins.length === 0) return;
  try {
    const fought = pins.find(({ pin }) => pin.times > 1);
    if (fought !== undefined) throw contested(fought);
    for (const each of pins.filter(({ pin }) => pin.times > 0)) {
      const { message, remedy } = contested(each);
      world.log.warning(`${message}: it is pinned to ${plan.source} once more. ${remedy}`);
    }
    const wishes = labelWishes(
      pins.map(({ pin }) => pin.namespace),
      (namespace) => pinnedLabels(plan, namespace),
    );
    await writeLabels(session, NAMESPACE, wishes);
  } catch (error) {
    if (error instanceof Contested) await giveUp(session, pins);
    throw error;
  }
}

async function takenBack(
  { world, journal }: Session,
  planned: readonly PinTakenBack['namespace'][],
): Promise<readonly Undone[]> {
  const objects = new Map((await world.cluster.list(NAMESPACE)).map((object) => [object.metadata.name, object]));
  return planned.flatMap((namespace) => {
    const object = objects.get(namespace.name);
    const pin = object && pinTakenBack(journal(), namespace, object.metadata.labels ?? {});
    return object === undefined || pin === undefined ? [] : [{ pin, object }];
  });
}

function contested({ pin: { labels }, object }: Undone): Contested {
  const [label = ''] = labels;
  return contestedBy(NAMESPACE, object, label, object.metadata.labels?.[label]);
}

const giveUp = async ({ journal, record }: Session, pins: readonly Undone[]): Promise<void> =>
  record({ kind: 'write', written: pins.map(({ pin }) => givenUp(journal().plan, pin)) });
