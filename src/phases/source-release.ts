// Which Helm release goes when the source's istiod does, or why can it not go? Asks helm, and of the cluster nothing else.
import type { Finding } from '../mesh/finding.ts';
import type { KubeObject } from '../mesh/kinds.ts';
import { revisionKindOf } from '../mesh/revision-kinds.ts';
import { isOfRevision } from '../mesh/revision-objects.ts';
import type { Owner } from '../mesh/snapshot.ts';
import type { InstallerPort } from '../ports/installer.ts';
import { BrokenWorld, NoCredentials } from '../shared/errors.ts';
import type { Source } from './prove-unused.ts';

export interface Release {
  readonly name: string;
  readonly namespace: string;
}

/** Undefined when no release owns the source; a finding where one owns more than the source, or somebody else would put it back. */
export async function releaseOf(
  installer: InstallerPort,
  owner: Owner,
  { source, istioNamespace }: Source,
): Promise<Release | Finding | undefined> {
  if (owner.kind === 'sail')
    return obstacle(
      source,
      'sail-owned',
      `it belongs to ${owner.object} of the Sail operator`,
      'Remove that object; the operator removes the control plane.',
    );
  if (owner.kind === 'gitops')
    return obstacle(
      source,
      'gitops-owned',
      `it is declared in git: ${owner.object} would put it back`,
      'Remove it from the repository, and use `remove-source: verify`.',
    );
  if (owner.kind !== 'helm') return undefined;
  const named = `Helm release ${owner.namespace}/${owner.release}`;
  try {
    const tool = await installer.tool('helm');
    if (tool.kind === 'missing')
      return obstacle(
        source,
        'removal-tool-missing',
        `it belongs to ${named}, and helm is not on the PATH`,
        tool.remedy,
      );
    const manifest = await installer.helmManifest(owner.release, owner.namespace);
    if (manifest.length === 0) return undefined; // the annotation is all that is left of it
    const more = manifest.filter((object) => !isOfSource(object, source, istioNamespace) && !isKept(object));
    if (more.length === 0) return { name: owner.release, namespace: owner.namespace };
    const names = more.map((object) => `${object.kind ?? ''} ${object.metadata.name}`).join(', ');
    return obstacle(
      source,
      'removal-takes-more',
      `${named} owns more than this control plane, and all of it would go: ${names}`,
      'Take these objects out of the release (tags: remove `revisionTags` and create the tag with `istioctl tag set`), then run the same command again; or use `remove-source: keep`.',
    );
  } catch (error) {
    if (!(error instanceof BrokenWorld) || error instanceof NoCredentials) throw error;
    return obstacle(source, 'removal-cannot-be-checked', `${named} cannot be read: ${error.message}`, error.remedy);
  }
}

function isOfSource(object: KubeObject, source: Source['source'], istioNamespace: string): boolean {
  const kind = revisionKindOf(object);
  return kind !== undefined && isOfRevision(object, kind.kind, source, istioNamespace);
}
const isKept = ({ metadata }: KubeObject): boolean => metadata.annotations?.['helm.sh/resource-policy'] === 'keep';

export const obstacle = (source: string, id: string, why: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject: `revision ${source}`,
  message: `${source} cannot be removed: ${why}`,
  remedy,
});
