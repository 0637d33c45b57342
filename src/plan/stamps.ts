// Which stamp do our restarts write into pod templates now, and which have they written? A stamp marks what was restarted, so that
// nothing is restarted twice; what was restarted in vain gets a new one, and the old one still tells that it was us.
import type { ReasonCode } from '../slo/verdict.ts';
import type { Journal, LeftOver } from './journal.ts';

type By = LeftOver['by'];

/** Pods without their sidecar, or of another revision, are not what the restarts were for: they have to be restarted once more. */
const IN_VAIN: ReadonlySet<ReasonCode> = new Set(['contested', 'sidecar-missing', 'wrong-revision']);
export const madeInVain = (reasonCode: ReasonCode | undefined): boolean =>
  reasonCode !== undefined && IN_VAIN.has(reasonCode);

/** What the restarts of a stage write; undefined before they have begun. */
export const stampOf = (journal: Journal, by: By): string | undefined =>
  againOf(journal, by).at(-1) ?? firstStamp(journal, by);

/** What its restarts wrote before, in vain; oldest first. */
export const stampsInVain = (journal: Journal, by: By): readonly string[] =>
  [firstStamp(journal, by), ...againOf(journal, by)].filter((stamp) => stamp !== undefined).slice(0, -1);

/** All that any of our restarts has written. */
export const ourStamps = (journal: Journal): ReadonlySet<string> =>
  new Set(
    [
      journal.gatewaysRestartedAt,
      journal.rollbackRestartedAt,
      ...journal.batches.map(({ restartedAt }) => restartedAt),
      ...(journal.restartAgain ?? []).map(({ at }) => at),
    ].filter((stamp) => stamp !== undefined),
  );

/** The journal, in which the next restarts of a stage write `at`. Nothing changes where it has restarted nothing yet. */
export const restartAgain = (journal: Journal, by: By, at: string): Journal =>
  firstStamp(journal, by) === undefined
    ? journal
    : { ...journal, restartAgain: [...(journal.restartAgain ?? []), { by, at }] };

const againOf = ({ restartAgain: again = [] }: Journal, by: By): readonly string[] =>
  again.filter((each) => each.by === by).map(({ at }) => at);

function firstStamp({ gatewaysRestartedAt, rollbackRestartedAt, batches }: Journal, by: By): string | undefined {
  if (by === 'gateways') return gatewaysRestartedAt;
  if (by === 'rollback') return rollbackRestartedAt;
  return batches.find(({ number }) => number === by)?.restartedAt;
}
