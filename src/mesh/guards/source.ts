// Is there a source to come from, and to go back to? A rollback must always have somewhere to go.
import type { FrozenConfig } from '../../config/config.ts';
import type { Finding } from '../finding.ts';
import type { Revision } from '../names.ts';
import { deploymentsSeen, isServed } from '../served.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { Concern } from './concern.ts';
import { tagMissing } from './tag-missing.ts';

/** The installed revision the user named, else the one the tag points to; a finding that blocks where there is none. */
export function resolveSource(snapshot: MeshSnapshot, frozen: FrozenConfig): Revision | Finding {
  const tag = snapshot.tags.find((candidate) => candidate.tag === frozen.tag);
  const source = frozen.sourceRevision ?? tag?.revision;
  if (source === undefined) return tagMissing(snapshot, frozen.tag);
  const installed = snapshot.controlPlanes.map(({ revision }) => revision);
  if (installed.includes(source)) return source;
  const why = frozen.sourceRevision === undefined ? `tag ${frozen.tag} points to it, but ` : '';
  return {
    id: 'source-not-found',
    severity: 'blocks',
    subject: `revision ${source}`,
    message: `${why}no MutatingWebhookConfiguration carries the label istio.io/rev=${source} without istio.io/tag: it is not installed.`,
    remedy:
      frozen.sourceRevision === undefined
        ? `Point the tag to an installed revision (${list(installed)}) with \`istioctl tag set ${frozen.tag} --revision <revision> --overwrite\`.`
        : `Set \`source-revision\` to an installed revision: ${list(installed)}.`,
  };
}
const list = (names: readonly string[]): string => (names.length === 0 ? 'there is none' : names.join(', '));

export function sourceFindings({ sourcePlane, source }: Concern): readonly Finding[] {
  if (sourcePlane === undefined || isServed(sourcePlane)) return [];
  return [
    {
      id: 'source-unavailable',
      severity: 'blocks',
      subject: `revision ${source}`,
      message: `no replica of its istiod is available (${deploymentsSeen(sourcePlane)}), so a rollback would have nowhere to go.`,
      remedy: 'Bring the source istiod up with at least one replica, and let its autoscaler keep one.',
    },
  ];
}
