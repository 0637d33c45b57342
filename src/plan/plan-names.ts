// Which namespaces does a plan move, all batches together?
import type { BatchStatus, Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';

export const joinedNames = (plan: Pick<UpgradePlan, 'batches'>): readonly string[] =>
  plan.batches.flatMap((batch) => batch.namespaces.map(({ name }) => name));

/** The namespaces of the batches that have passed. */
export const passedNames = (journal: Told): readonly string[] => namesOf(journal, ['passed']);

/** Those that run on the target between two commands: passed, or left there by a verdict that undid nothing. */
export const standingNames = (journal: Told): readonly string[] => namesOf(journal, ['passed', 'held', 'failed']);

type Told = Pick<Journal, 'plan' | 'batches'>;

function namesOf({ plan, batches }: Told, statuses: readonly BatchStatus[]): readonly string[] {
  const chosen = new Set(batches.filter(({ status }) => statuses.includes(status)).map(({ number }) => number));
  return joinedNames({ batches: plan.batches.filter(({ number }) => chosen.has(number)) });
}
