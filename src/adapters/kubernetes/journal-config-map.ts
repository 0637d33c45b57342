// Where does the journal live? In one ConfigMap of the Istio namespace, written by compare-and-swap only.
import { CONFIG_MAP, type ConfigMapObject } from '../../mesh/kinds.ts';
import { OURSELVES } from '../../mesh/names.ts';
import { decodeJournal, encodeJournal } from '../../plan/journal-codec.ts';
import type { Journal } from '../../plan/journal.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import type { JournalPort, StoredJournal } from '../../ports/journal.ts';
import { ApiError, BrokenWorld, isConflict, LostLease } from '../../shared/errors.ts';

const KEY = 'journal.json';
/** What etcd and the API server take is 1 MiB with everything around it. */
const MOST_BYTES = 1_000_000;

export class JournalConfigMap implements JournalPort {
  readonly #cluster: ClusterPort;
  readonly #namespace: string;
  #seen: ConfigMapObject | undefined;
  constructor(cluster: ClusterPort, istioNamespace: string) {
    this.#cluster = cluster;
    this.#namespace = istioNamespace;
  }

  async load(): Promise<StoredJournal> {
    this.#seen = await this.#cluster.get(CONFIG_MAP, OURSELVES, this.#namespace);
    const text = this.#seen?.data?.[KEY];
    if (this.#seen === undefined) return { kind: 'absent' };
    if (text === undefined)
      return { kind: 'unreadable', message: `ConfigMap ${this.#namespace}/${OURSELVES} has no ${KEY}` };
    return decodeJournal(text);
  }

  async save(journal: Journal): Promise<void> {
    const text = encodeJournal(journal);
    if (Buffer.byteLength(text) > MOST_BYTES) {
      throw new BrokenWorld(
        `the journal would be ${String(Buffer.byteLength(text))} bytes, more than a ConfigMap holds`,
        { remedy: 'Upgrade fewer namespaces at a time, with `namespaces`.' },
      );
    }
    const data = { state: journal.state, summary: summaryOf(journal), [KEY]: text };
    try {
      this.#seen =
        this.#seen === undefined
          ? await this.#create(data)
          : await this.#cluster.replace(CONFIG_MAP, { ...this.#seen, data });
    } catch (error) {
      if (isConflict(error) || (error instanceof ApiError && error.status === 404)) {
        throw new LostLease(
          `the journal (ConfigMap ${this.#namespace}/${OURSELVES}) was changed by someone else; this run writes nothing more`,
          { cause: error },
        );
      }
      throw error;
    }
  }

  async #create(data: Readonly<Record<string, string>>): Promise<ConfigMapObject> {
    const metadata = { name: OURSELVES, namespace: this.#namespace, labels: { 'app.kubernetes.io/name': OURSELVES } };
    return this.#cluster.create(CONFIG_MAP, {
      apiVersion: CONFIG_MAP.apiVersion,
      kind: CONFIG_MAP.kind,
      metadata,
      data,
    });
  }
}

/** For `kubectl get configmap -o yaml`. */
function summaryOf({ plan, state, batches, updatedAt, startedBy }: Journal): string {
  const passed = batches.filter((batch) => batch.status === 'passed').length;
  return `${plan.source} to ${plan.target}: ${state}, ${String(passed)} of ${String(batches.length)} batches passed; plan ${plan.hash}, begun by ${startedBy}, updated ${updatedAt}`;
}
