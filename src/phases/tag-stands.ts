// Does the tag still point where this upgrade left it? What follows it would restart on another revision, or has not moved at all.
import { MUTATING } from '../mesh/kinds.ts';
import { lastWriterOf } from '../mesh/last-writer.ts';
import { asRevision, REV, type Revision, TAG, type Tag } from '../mesh/names.ts';
import type { Journal } from '../plan/journal.ts';
import { tagElsewhere } from '../plan/tag-position.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { Contested } from '../shared/errors.ts';
import type { Session } from './session.ts';

/** Throws `Contested`, with who moved it where that is known, and how to put it back. `journal`: what it is judged by, the session's own. */
export async function tagStands(session: Session, journal?: Journal): Promise<void> {
  const contested = await contestedTag(session, journal);
  if (contested !== undefined) throw contested;
}

/** Undefined where it stands, which is one question to the API server; and under `relabel` for as long as labels alone decide. */
export async function contestedTag(
  session: Session,
  journal: Journal = session.journal(),
): Promise<Contested | undefined> {
  const { tag, strategy } = journal.plan;
  if (strategy === 'relabel' && journal.tag !== 'done') return undefined;
  const { revision, writer } = await readTag(session.world.cluster, tag);
  const elsewhere = tagElsewhere(journal, revision, writer);
  return elsewhere && new Contested(elsewhere.message, elsewhere);
}

/** What the tag points to, and who wrote that last; neither where it is gone. */
export async function readTag(
  cluster: ClusterPort,
  tag: Tag,
): Promise<{ readonly revision?: Revision; readonly writer?: string }> {
  const [injector] = await cluster.list(MUTATING, { labelSelector: `${TAG}=${tag}` });
  const revision = injector?.metadata.labels?.[REV];
  const writer = injector && lastWriterOf(injector.metadata, REV, 'metadata');
  return {
    ...(revision === undefined ? {} : { revision: asRevision(revision) }),
    ...(writer === undefined ? {} : { writer }),
  };
}
