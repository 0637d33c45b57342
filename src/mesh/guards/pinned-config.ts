// Which config objects would vanish for the moved proxies? Those labelled with the source: only that very revision reads them
// (istio/istio 1.31 pkg/config/model.go, LabelsInRevision).
import type { Finding } from '../finding.ts';
import { nameOf } from '../kinds.ts';
import type { Concern } from './concern.ts';

/** A label with a tag's name is read by nobody, before and after: that is said, but it is no reason to stop. */
export function pinnedConfigFindings({ snapshot, source, target }: Concern): readonly Finding[] {
  return snapshot.pinnedConfig.flatMap(({ ref, value }): readonly Finding[] => {
    const subject = nameOf(ref);
    if (value === source)
      return [
        {
          id: 'pinned-config',
          severity: 'overridable',
          subject,
          message: `it is labelled istio.io/rev=${value}, so only the source reads it; for proxies on ${target} it does not exist.`,
          remedy: `Take the label away, or create a copy labelled istio.io/rev=${target}.`,
        },
      ];
    if (!snapshot.tags.some(({ tag }) => tag === value)) return [];
    return [
      {
        id: 'config-pinned-to-tag',
        severity: 'notice',
        subject,
        message: `it is labelled istio.io/rev=${value}, which is a tag; Istio compares this label with revisions only, so nobody reads it.`,
        remedy: 'Take the label away, or name a revision.',
      },
    ];
  });
}
