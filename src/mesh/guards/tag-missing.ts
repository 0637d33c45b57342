// What is the matter when the tag to move does not exist? Used where the source is looked for, and by the guards.
import type { Finding } from '../finding.ts';
import { DEFAULT_TAG, type Tag } from '../names.ts';
import type { MeshSnapshot } from '../snapshot.ts';

/** An istiod without a revision injects by itself and needs no tag, until there is something to move. */
export function tagMissing(snapshot: MeshSnapshot, tag: Tag): Finding {
  const subject = `tag ${tag}`;
  const revisions = snapshot.controlPlanes.map(({ revision }) => revision);
  if (tag === DEFAULT_TAG && revisions.some((revision) => revision === 'default'))
    return {
      id: 'default-tag-missing',
      severity: 'blocks',
      subject,
      message:
        'the source istiod was installed without a revision and injects by itself: there is no tag `default` that could be moved to the target.',
      remedy:
        'In a quiet moment run `istioctl tag set default --revision default`: it hands injection over to the tag, and nothing is restarted.',
    };
  const known = snapshot.tags.map((candidate) => candidate.tag);
  const isRevision = revisions.some((revision) => revision === String(tag));
  return {
    id: 'tag-missing',
    severity: 'blocks',
    subject,
    message: isRevision
      ? `${tag} is a revision, not a revision tag.`
      : `no MutatingWebhookConfiguration carries the label istio.io/tag=${tag}.`,
    remedy:
      known.length > 0
        ? `Set \`tag\` to one that exists (${known.join(', ')}), or create it: \`istioctl tag set ${isRevision ? '<name>' : tag} --revision <source>\`.`
        : `Create it: \`istioctl tag set ${isRevision ? 'default' : tag} --revision <source>\`.`,
  };
}
