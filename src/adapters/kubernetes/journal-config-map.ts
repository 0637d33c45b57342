// Where does the journal live? In one ConfigMap of the Istio namespace, written by compare-and-swap only. It stays there as an
// archive when an upgrade has ended, until the next one's journal replaces it.
import { CONFIG_MAP, type Kind } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import { decodeJournal, encodeJournal } from '../../plan/journal-codec.ts';
import type { Journal } from '../../plan/journal.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import type { JournalPort, StoredJournal } from '../../ports/journal.ts';
import { BrokenWorld, isConflict, isNotFound, LostJournal, LostLease, mayBeDone } from '../../shared/errors.ts';
import { dataOf, type JournalMap, patchOf, textIn } from './journal-text.ts';

const JOURNAL_MAP: Kind<JournalMap> = CONFIG_MAP;
const ATTEMPTS = 3;

export class JournalConfigMap implements JournalPort {
  readonly #cluster: ClusterPort;
  readonly #namespace: string;
  readonly #clean: (text: string) => string;
  /** What `load` or the last `save` saw; `fence` is the stored journal's. */
  #seen: { readonly map?: JournalMap; readonly fence: number; readonly unreadable?: string } | undefined;

  /** `clean` takes secrets out of what others said. */
  constructor(cluster: ClusterPort, istioNamespace: string, clean: (text: string) => string) {
    this.#cluster = cluster;
    this.#namespace = istioNamespace;
    this.#clean = clean;
  }

  async load(): Promise<StoredJournal> {
    const map = await this.#read();
    const stored = this.#decoded(map);
    this.#seen = {
      ...(map === undefined ? {} : { map }),
      fence: stored.kind === 'found' ? stored.journal.fence : 0,
      ...(stored.kind === 'unreadable' ? { unreadable: stored.message } : {}),
    };
    return stored;
  }

  async save(journal: Journal): Promise<void> {
    if (this.#seen === undefined) await this.load();
    const { map: before, fence = 0, unreadable } = this.#seen ?? {};
    if (unreadable !== undefined) {
      throw new BrokenWorld(`${this.#name()} is not overwritten: ${unreadable}`, {
        remedy: 'Look at it; delete it only when no upgrade is under way.',
      });
    }
    if (journal.fence < fence) {
      throw new LostLease(`the journal (${this.#name()}) belongs to a later run by now; this run writes nothing more`);
    }
    const map = await this.#write(journal, before);
    this.#seen = { map, fence: journal.fence };
  }

  /** A write whose answer was lost may have been done or not: that is looked up, and only then repeated. */
  async #write(journal: Journal, before: JournalMap | undefined): Promise<JournalMap> {
    const text = encodeJournal(journal, this.#clean);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(journal, text, before);
      } catch (error) {
        const someoneWrote = isConflict(error) || (before !== undefined && isNotFound(error));
        const unknown = mayBeDone(error);
        if (!someoneWrote && !unknown) throw error;
        const now = await this.#read();
        // A patch may have been repeated on its way here, a creation is not: its first conflict is somebody else's.
        const mayBeOurs = unknown || attempt > 1 || before !== undefined;
        if (mayBeOurs && now !== undefined && textIn(now) === text) return now;
        if (now === undefined && before !== undefined) {
          const message = `the journal (${this.#name()}) was deleted while this run worked; this run writes nothing more`;
          throw new LostJournal(message, { cause: error });
        }
        if (now?.metadata.resourceVersion !== before?.metadata.resourceVersion) {
          const message = `the journal (${this.#name()}) was changed by someone else; this run writes nothing more`;
          throw new LostLease(message, { cause: error });
        }
        if (attempt >= ATTEMPTS) throw error;
      }
    }
  }

  async #writeOnce(journal: Journal, text: string, before: JournalMap | undefined): Promise<JournalMap> {
    const { data, ...compressed } = dataOf(text);
    const content = { data: { ...data, state: journal.state, summary: summaryOf(journal) }, ...compressed };
    const place = { name: OURSELVES, namespace: this.#namespace };
    if (before === undefined) {
      const metadata = { ...place, labels: { 'app.kubernetes.io/name': OURSELVES } };
      return this.#cluster.create(JOURNAL_MAP, { metadata, ...content });
    }
    const { resourceVersion = '' } = before.metadata;
    return this.#cluster.patch(JOURNAL_MAP, place, { metadata: { resourceVersion }, ...patchOf(content, before) });
  }

  async #read(): Promise<JournalMap | undefined> {
    return this.#cluster.get(JOURNAL_MAP, OURSELVES, this.#namespace);
  }

  #decoded(map: JournalMap | undefined): StoredJournal {
    if (map === undefined) return { kind: 'absent' };
    const text = textIn(map);
    return text === undefined
      ? { kind: 'unreadable', message: `${this.#name()} holds no journal` }
      : decodeJournal(text);
  }

  #name(): string {
    return `ConfigMap ${this.#namespace}/${OURSELVES}`;
  }
}

/** For whoever looks with kubectl. */
function summaryOf({ plan, state, batches, updatedAt, startedBy }: Journal): string {
  const passed = batches.filter((batch) => batch.status === 'passed').length;
  return `${plan.source} to ${plan.target}: ${state}, ${String(passed)} of ${String(batches.length)} batches passed; plan ${plan.hash}, begun by ${startedBy}, updated ${updatedAt}`;
}
