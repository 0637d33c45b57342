// What has to be put back? Made from what the journal says we wrote; touches nothing else.
import type { Written } from './journal.ts';

type Labels = Extract<Written, { kind: 'labels' }>;
export interface LabelRestore {
  readonly object: Labels['object'];
  readonly where: Labels['where'];
  readonly labels: readonly {
    readonly key: string;
    /** `null` is absent. */ readonly original: string | null;
    readonly ours: readonly (string | null)[];
  }[];
}

/** One entry an object, newest first: each label's value before our first write, and every value we wrote since. */
export function labelRestores(written: readonly Written[]): readonly LabelRestore[] {
  const objects = new Map<string, Labels[]>();
  for (const entry of written) {
    if (entry.kind !== 'labels') continue;
    const id = JSON.stringify([entry.where, entry.object.kind, entry.object.namespace, entry.object.name]);
    const entries = objects.get(id) ?? [];
    objects.delete(id); // the last written goes to the end, whichever was written first
    objects.set(id, [...entries, entry]);
  }
  return [...objects.values()].toReversed().flatMap((entries) => {
    const [first] = entries;
    return first === undefined ? [] : [{ object: first.object, where: first.where, labels: restoresOf(entries) }];
  });
}

function restoresOf(entries: readonly Labels[]): LabelRestore['labels'] {
  const keys = [...new Set(entries.flatMap((entry) => Object.keys(entry.labels)))];
  return keys.map((key) => {
    const changes = entries.flatMap((entry) => entry.labels[key] ?? []);
    return { key, original: changes[0]?.from ?? null, ours: [...new Set(changes.map(({ to }) => to))] };
  });
}

/** What a label's present value means for its restore. */
export function judgeRestore(
  label: LabelRestore['labels'][number],
  current: string | null,
): 'restore' | 'nothing' | 'someone-else' {
  if (current === label.original) return 'nothing';
  return label.ours.includes(current) ? 'restore' : 'someone-else';
}

/** The tag's revision before we first moved it; undefined when we never did. */
export function tagRestore(written: readonly Written[]): Extract<Written, { kind: 'tag' }> | undefined {
  return written.find((entry) => entry.kind === 'tag');
}

/** Labels that hold neither what was found when planned nor anything we wrote since, as `istio.io/rev is 1-30`. */
export function foreignLabels(
  restores: readonly LabelRestore[],
  object: Labels['object'],
  found: Readonly<Record<string, string | null>>,
  current: Readonly<Record<string, string>>,
): readonly string[] {
  const ours = restores.find(
    (restore) =>
      restore.where === 'metadata' &&
      restore.object.kind === object.kind &&
      restore.object.namespace === object.namespace &&
      restore.object.name === object.name,
  );
  return Object.entries(found).flatMap(([key, original]) => {
    const value = current[key] ?? null;
    const label = { key, original, ours: ours?.labels.find((each) => each.key === key)?.ours ?? [] };
    return judgeRestore(label, value) === 'someone-else' ? [`${key} is ${value ?? 'absent'}`] : [];
  });
}
