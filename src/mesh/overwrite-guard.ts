// Whom would an installation overwrite? Compares what was rendered with the objects of the same names that are there already.
import type { Install } from '../config/config.ts';
import type { Finding } from './finding.ts';
import { nameOf, type KubeObject } from './kinds.ts';
import { REV, type Revision } from './names.ts';
import { ownerOf } from './owner.ts';
import { revisionKindOf } from './revision-kinds.ts';
import { refOf } from './revision-objects.ts';

export interface Pair {
  readonly rendered: KubeObject;
  /** The object of that name in the cluster. */
  readonly live: KubeObject;
}

/** A blocking finding for every live object that is not the target's, or that another installer keeps. */
export function verifyOverwrites(
  pairs: readonly Pair[],
  target: Revision,
  install: Install['kind'],
): readonly Finding[] {
  return pairs.flatMap(({ rendered, live }): readonly Finding[] => {
    const kind = revisionKindOf(rendered);
    const subject = kind === undefined ? rendered.metadata.name : nameOf(refOf(kind, rendered));
    const label = live.metadata.labels?.[REV];
    if (label !== target && (label !== undefined || rendered.metadata.labels?.[REV] !== undefined)) {
      return [
        {
          id: 'install-overwrites',
          severity: 'blocks',
          subject,
          message: `${subject} exists and is not labelled ${REV}=${target} (${label ?? 'no label'}); installing ${target} would overwrite it.`,
          remedy: 'Choose another target-revision, or remove the object if nothing needs it.',
        },
      ];
    }
    const owner = ownerOf(live.metadata);
    const isForeign = (owner.kind === 'helm' && install !== 'helm') || owner.kind === 'sail' || owner.kind === 'gitops';
    if (!isForeign) return [];
    const by = owner.kind === 'helm' ? `Helm release ${owner.namespace}/${owner.release}` : owner.object;
    return [
      {
        id: 'install-owned-by-another',
        severity: 'blocks',
        subject,
        message: `${subject} belongs to ${by}; \`install: ${install}\` would fight it.`,
        remedy:
          owner.kind === 'helm'
            ? 'Use `install: helm`, or `install: none` when somebody else has installed the target already.'
            : 'Install the target where it is declared, or by its operator, and use `install: none`.',
      },
    ];
  });
}
