// Where is the mark of an upgrade kept? In an annotation of the Lease: another object than the journal's, so that losing one leaves the other.
import { OURSELVES } from '../../mesh/names.ts';
import type { UpgradeMark } from '../../plan/upgrade-mark.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import type { MarkPort } from '../../ports/mark.ts';
import { BrokenWorld, isConflict } from '../../shared/errors.ts';
import { shape, text } from '../../shared/shape.ts';
import { StoredLease } from './stored-lease.ts';

const ANNOTATION = `${OURSELVES}/upgrade`;
/** The lease is renewed meanwhile. */
const ATTEMPTS = 5;
const markShape = shape<UpgradeMark>({ source: text, target: text, tag: text, begun: text });

export class LeaseMark implements MarkPort {
  readonly #object: StoredLease;

  constructor(cluster: ClusterPort, namespace: string) {
    this.#object = new StoredLease(cluster, namespace);
  }

  async read(): Promise<UpgradeMark | undefined> {
    const value = (await this.#object.read())?.metadata.annotations?.[ANNOTATION];
    if (value === undefined) return undefined;
    const mark = parsed(value);
    const problem = markShape(mark, '');
    if (isMark(mark, problem)) return mark;
    throw new BrokenWorld(`annotation ${ANNOTATION} of the Lease ${OURSELVES} was damaged or edited`, {
      remedy: `Look at it; take it away with \`kubectl annotate lease ${OURSELVES} ${ANNOTATION}-\` only when no upgrade is under way.`,
    });
  }

  async write(mark: UpgradeMark | undefined): Promise<void> {
    const value = mark === undefined ? null : JSON.stringify(mark);
    for (let attempt = 1; ; attempt++) {
      const current = await this.#object.read();
      if (current === undefined || (current.metadata.annotations?.[ANNOTATION] ?? null) === value) return;
      try {
        await this.#object.swap(current, {}, { [ANNOTATION]: value });
        return;
      } catch (error) {
        if (!isConflict(error) || attempt >= ATTEMPTS) throw error;
      }
    }
  }
}

const isMark = (_value: unknown, problem: string | undefined): _value is UpgradeMark => problem === undefined;

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
