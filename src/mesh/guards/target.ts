// Is the target another revision, is it installed where nobody is to install it, and may the mesh go from the source's version to its?
import type { Finding } from '../finding.ts';
import type { Concern } from './concern.ts';
import { versionFindings } from './versions.ts';

export function targetFindings(concern: Concern): readonly Finding[] {
  const { source, target, sourcePlane, targetPlane, frozen, snapshot } = concern;
  const subject = `revision ${target}`;
  if (source === target)
    return [
      {
        id: 'target-equals-source',
        severity: 'blocks',
        subject,
        message: `source and target are the same revision; tag ${frozen.tag} points to it or \`source-revision\` names it.`,
        remedy: 'Set `target-revision` to the new revision, or `source-revision` to the old one.',
      },
    ];
  if (targetPlane !== undefined) {
    const { companions } = snapshot;
    return versionFindings({ source, target, from: sourcePlane?.version, to: targetPlane.version, companions });
  }
  if (frozen.install.kind !== 'none') return [];
  return [
    {
      id: 'target-not-installed',
      severity: 'blocks',
      subject,
      message: `no MutatingWebhookConfiguration carries the label istio.io/rev=${target}, and \`install\` is \`none\`.`,
      remedy: 'Install the revision first, or set `install` to `manifest`, `istioctl` or `helm`.',
    },
  ];
}
