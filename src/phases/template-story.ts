// What has a write changed in a pod template? One line, old → new; *read back* only where the API server's answer says the same.
import type { PodTemplate } from '../mesh/kinds.ts';
import { storyOf } from './write-labels.ts';

type Metadata = PodTemplate['metadata'];
type Wished = Readonly<Record<string, string | null>>;

/** `pod template istio.io/rev: 1-31 → 1-32, kubectl.kubernetes.io/restartedAt: none → 2026-11-24T12:00:00.000Z, read back`. */
export function templateStory(
  before: Metadata,
  { labels = {}, annotations = {} }: { readonly labels?: Wished; readonly annotations?: Wished },
  answer: Metadata,
): string {
  const changed = {
    ...changes(before?.labels, labels),
    ...changes(before?.annotations, annotations),
  };
  const isThere = says(answer?.labels, labels) && says(answer?.annotations, annotations);
  return `pod template ${storyOf(changed)}${isThere ? ', read back' : ''}`;
}

const changes = (
  before: Readonly<Record<string, string>> = {},
  wished: Wished,
): Record<string, { from: string | null; to: string | null }> =>
  Object.fromEntries(Object.entries(wished).map(([key, to]) => [key, { from: before[key] ?? null, to }]));

const says = (answer: Readonly<Record<string, string>> = {}, wished: Wished): boolean =>
  Object.entries(wished).every(([key, to]) => (answer[key] ?? null) === to);
