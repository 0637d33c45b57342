// Which plan is this? A hash of what was decided, so that what was approved is what is done.
import { createHash } from 'node:crypto';
import type { UpgradePlan } from './plan.ts';

/**
 * 12 hex digits over every decision; counts, resourceVersions and what was left alone do not change it. Nor does the
 * order inside a batch, which follows the counts: its namespaces move together.
 */
export function planHash(plan: Omit<UpgradePlan, 'hash'>): string {
  const {
    leftAlone: _leftAlone,
    sourceVersion: _sourceVersion,
    batches,
    gatewayNamespaces,
    excluded,
    ...decided
  } = plan;
  const text = canonical({
    ...decided,
    batches: batches.map((batch) => namesIn(batch.namespaces)),
    gatewayNamespaces: namesIn(gatewayNamespaces),
    excluded: namesIn(excluded),
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** JSON with sorted keys, so that equal values have equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const namesIn = (namespaces: UpgradePlan['excluded']): readonly string[][] =>
  namespaces.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, move }) => [name, move]);
