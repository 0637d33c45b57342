// Does the tag still point where this upgrade left it? What follows it would restart on another revision, or has not moved at all.
import { MUTATING } from '../mesh/kinds.ts';
import { lastWriterOf } from '../mesh/last-writer.ts';
import { asRevision, REV, TAG } from '../mesh/names.ts';
import { tagElsewhere } from '../plan/tag-position.ts';
import { Contested } from '../shared/errors.ts';
import type { Session } from './session.ts';

/** Throws `Contested`, with who moved it where that is known, and how to put it back. */
export async function tagStands(session: Session): Promise<void> {
  const contested = await contestedTag(session);
  if (contested !== undefined) throw contested;
}

/** Undefined where it stands, which is one question to the API server. */
export async function contestedTag({ world, journal }: Session): Promise<Contested | undefined> {
  const { tag } = journal().plan;
  const [injector] = await world.cluster.list(MUTATING, { labelSelector: `${TAG}=${tag}` });
  const revision = injector?.metadata.labels?.[REV];
  const writer = injector === undefined ? undefined : lastWriterOf(injector.metadata, REV, 'metadata');
  const elsewhere = tagElsewhere(journal(), revision === undefined ? undefined : asRevision(revision), writer);
  return elsewhere && new Contested(elsewhere.message, elsewhere);
}
