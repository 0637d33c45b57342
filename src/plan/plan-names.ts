// Which namespaces does a plan move, all batches together?
import type { UpgradePlan } from './plan.ts';

export const joinedNames = (plan: Pick<UpgradePlan, 'batches'>): readonly string[] =>
  plan.batches.flatMap((batch) => batch.namespaces.map(({ name }) => name));
