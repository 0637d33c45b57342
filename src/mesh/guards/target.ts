// Is the target another revision, is it installed where nobody is to install it, and may the mesh go from the source's version to its?
import { assertNever } from '../../shared/assert-never.ts';
import type { Finding } from '../finding.ts';
import { skewBetween } from '../version.ts';
import type { Concern } from './concern.ts';

export function targetFindings(concern: Concern): readonly Finding[] {
  const { source, target, targetPlane, frozen } = concern;
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
  if (targetPlane !== undefined) return versionFindings(concern);
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

function versionFindings({ source, target, sourcePlane, targetPlane }: Concern): readonly Finding[] {
  const from = sourcePlane?.version;
  const to = targetPlane?.version;
  const skew = skewBetween(from, to);
  const steps = `source ${source} is ${from ?? 'of an unknown version'}, target ${target} is ${to ?? 'of an unknown version'}`;
  const subject = `revision ${target}`;
  switch (skew) {
    case 'allowed':
      return [];
    case 'too-old':
      return [
        {
          id: 'version-skew',
          severity: 'blocks',
          subject,
          message: `${steps}: a control plane must not be a minor version behind the proxies that still run.`,
          remedy: 'Choose a target of the same minor version or a newer one.',
        },
      ];
    case 'too-new':
      return [
        {
          id: 'version-skew',
          severity: 'blocks',
          subject,
          message: `${steps}: Istio supports a revision upgrade over two minor versions at most.`,
          remedy: 'Upgrade to a revision in between first.',
        },
      ];
    case 'unknown':
      return [
        {
          id: 'version-unknown',
          severity: 'notice',
          subject,
          message: `${steps} (told by the image tag of istiod's container \`discovery\`), so the version skew is not checked.`,
          remedy: 'Make sure that the target is at most two minor versions newer than the source, and not older.',
        },
      ];
    default:
      return assertNever(skew);
  }
}
