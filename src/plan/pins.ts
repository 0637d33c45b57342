// Which pins does an upgrade still need, and which of those that it wrote did somebody take back? What somebody else made of a label is
// not told here: that one is left alone (mesh-drift.ts).
import type { Journal, Written } from './journal.ts';
import { asLabels, pinnedLabels, pinsWaiting } from './labels.ts';
import type { PlannedNamespace } from './plan.ts';

type LabelsWritten = Extract<Written, { kind: 'labels' }>;

export interface PinTakenBack {
  readonly namespace: PlannedNamespace;
  /** Those that are as they were found. */
  readonly labels: readonly string[];
  /** How often in a row it was pinned: 0 where it was given up, 2 where it was pinned again already. */
  readonly times: number;
}

/** What is held on the source: batches that have not begun, and what is excluded; without the batch that is about to move. */
export function stillPinned({ plan, batches }: Pick<Journal, 'plan' | 'batches'>, moving?: number) {
  if (!pinsWaiting(plan)) return [];
  const open = new Set(batches.filter(({ status }) => status === 'open').map(({ number }) => number));
  const waiting = plan.batches.filter(({ number }) => number !== moving && open.has(number));
  return [...waiting.flatMap(({ namespaces }) => namespaces), ...plan.excluded];
}

/** Undefined where it stands, was never ours, or holds what neither the plan found nor we wrote. */
export function pinTakenBack(
  { plan, written }: Pick<Journal, 'plan' | 'written'>,
  namespace: PlannedNamespace,
  current: Readonly<Record<string, string>>,
): PinTakenBack | undefined {
  const pin = pinnedLabels(plan, namespace);
  if (pin === undefined) return undefined;
  const found = asLabels(namespace.original);
  const changed = Object.entries(asLabels(pin)).filter(([label, value]) => (current[label] ?? null) !== value);
  const [first] = changed;
  if (first === undefined || changed.some(([label]) => (current[label] ?? null) !== found[label])) return undefined;
  const [label, value] = first;
  const values = valuesWritten(written, namespace, label);
  if (values.length === 0) return undefined;
  const times = values.length - 1 - values.findLastIndex((other) => other !== value);
  return { namespace, labels: changed.map(([each]) => each), times };
}

/** As an entry of the journal: what was pinned is as it was found, and the next run may pin it again. */
export function givenUp(plan: Journal['plan'], { namespace, labels }: PinTakenBack): LabelsWritten {
  const [pin, found] = [pinnedLabels(plan, namespace), asLabels(namespace.original)];
  const pinned = pin === undefined ? {} : asLabels(pin);
  return {
    kind: 'labels',
    object: { kind: 'Namespace', name: namespace.name },
    where: 'metadata',
    labels: Object.fromEntries(
      labels.map((label) => [label, { from: pinned[label] ?? null, to: found[label] ?? null }]),
    ),
  };
}

/** Oldest first. */
const valuesWritten = (
  written: readonly Written[],
  { name }: PlannedNamespace,
  label: string,
): readonly (string | null)[] =>
  written
    .filter((entry) => entry.kind === 'labels')
    .filter(({ object }) => object.kind === 'Namespace' && object.name === name)
    .flatMap(({ labels }) => labels[label] ?? [])
    .map(({ to }) => to);
