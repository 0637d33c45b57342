// Where are things now, in words? The same facts for the log and for the summary; missing ones are left out.
import type { Ending } from '../plan/ending.ts';
import type { Journal } from '../plan/journal.ts';
import { pinsWaiting } from '../plan/labels.ts';
import { planOf } from './basis.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** Moved, tag, gateways, source istiod, pods by revision; empty when neither plan nor cluster is known. */
export function stateFacts(ending: Ending): readonly Fact[] {
  const { state, journal } = ending;
  const plan = planOf(ending);
  const facts: Fact[] = [];
  const fact = (name: string, value: string): void => {
    facts.push({ name, value });
  };
  if (plan !== undefined)
    fact('upgrade', `${plan.source} → ${plan.target}, strategy ${plan.strategy}, plan ${plan.hash}`);
  if (state !== undefined) {
    fact(
      'moved',
      `${String(state.moved)} of ${String(state.total)} namespaces${plan === undefined ? '' : ` on ${plan.target}`}`,
    );
    fact(
      `tag${plan === undefined ? '' : ` ${plan.tag}`}`,
      state.tagRevision === undefined ? 'not there' : `→ ${state.tagRevision}`,
    );
    fact(
      'gateways',
      `${String(state.gatewaysOnTarget)} of ${String(state.gatewaysTotal)}${plan === undefined ? '' : ` on ${plan.target}`}`,
    );
    fact(
      'source istiod',
      `${plan === undefined ? '' : `${plan.source}: `}${state.sourceAvailable === 0 ? 'no replica available' : `${String(state.sourceAvailable)} available`}`,
    );
    fact('pods', podsText(state.podsByRevision));
  }
  if (journal !== undefined) {
    fact('steps', stepsText(journal));
    fact('batches', batchesText(journal));
  }
  return facts;
}

/** What was not moved, or not put back; the journal knows most of it also where the cluster could not be read. */
export const leftOverOf = ({ state, journal }: Pick<Ending, 'state' | 'journal'>): readonly string[] =>
  state?.leftOver ?? (journal?.leftOver ?? []).map(({ text }) => text);

const podsText = (byRevision: Readonly<Record<string, number>>): string =>
  Object.entries(byRevision)
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([revision, pods]) => `${String(pods)} on ${revision}`)
    .join(', ') || 'none injected';

/** Without `pin` where nothing is to be pinned: it would stay pending for ever. */
const stepsText = ({ plan, install, pin, tag, gateways, soak, complete }: Journal): string =>
  Object.entries({ install, ...(pinsWaiting(plan) ? { pin } : {}), tag, gateways, soak, complete })
    .map(([step, status]) => `${step} ${status}`)
    .join(', ');

/** Runs of batches in one state together: `1-3 passed, 4 rolling, 5-8 open`. */
function batchesText({ batches }: Journal): string {
  const runs: { status: string; first: number; last: number }[] = [];
  for (const { number, status } of batches) {
    const run = runs.at(-1);
    if (run !== undefined && run.status === status && run.last === number - 1) run.last = number;
    else runs.push({ status, first: number, last: number });
  }
  const text = ({ status, first, last }: (typeof runs)[number]): string =>
    `${first === last ? String(first) : `${String(first)}–${String(last)}`} ${status}`;
  return runs.map(text).join(', ') || 'none';
}
