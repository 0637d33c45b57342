// Does the tag still point where this upgrade left it? What follows it would restart on another revision, or has not moved at all.
import { MUTATING } from '../mesh/kinds.ts';
import { lastWriterOf } from '../mesh/last-writer.ts';
import { asRevision, REV, TAG } from '../mesh/names.ts';
import type { Journal } from '../plan/journal.ts';
import { tagElsewhere } from '../plan/tag-position.ts';
import { Contested } from '../shared/errors.ts';
import type { Session } from './session.ts';

/** Throws `Contested`, with who moved it where that is known, and how to put it back. `journal`: what it is judged by, the session's own. */
export async function tagStands(session: Session, journal: Journal = session.journal()): Promise<void> {
  const contested = await contestedTag(session, journal);
  if (contested !== undefined) throw contested;
}

/** Undefined where it stands, which is one question to the API server; and under `relabel` for as long as labels alone decide. */
export async function contestedTag({ world }: Session, journal: Journal): Promise<Contested | undefined> {
  const { tag, strategy } = journal.plan;
  if (strategy === 'relabel' && journal.tag !== 'done') return undefined;
  const [injector] = await world.cluster.list(MUTATING, { labelSelector: `${TAG}=${tag}` });
  const revision = injector?.metadata.labels?.[REV];
  const writer = injector === undefined ? undefined : lastWriterOf(injector.metadata, REV, 'metadata');
  const elsewhere = tagElsewhere(journal, revision === undefined ? undefined : asRevision(revision), writer);
  return elsewhere && new Contested(elsewhere.message, elsewhere);
}
