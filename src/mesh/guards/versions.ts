// May the mesh go from the source's version to the target's, with what is installed beside both? (docs/how-it-works.md, "Which versions";
// the sources are in version.ts.)
import { assertNever } from '../../shared/assert-never.ts';
import type { Companion } from '../companions.ts';
import type { Finding } from '../finding.ts';
import { minorsBetween, skewBetween } from '../version.ts';

export interface Versions {
  readonly source: string;
  readonly target: string;
  /** As istiod's image tag tells it. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly companions: readonly Companion[];
}

export function versionFindings(versions: Versions): readonly Finding[] {
  return [...skewFindings(versions), ...crdFindings(versions), ...dataPlaneFindings(versions)];
}

function skewFindings({ source, target, from, to }: Versions): readonly Finding[] {
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
          remedy:
            'Make sure that the target is at most two minor versions newer than the source, and of no older minor version.',
        },
      ];
    default:
      return assertNever(skew);
  }
}

/** What its API has gained since, the API server would drop from every object without a word. */
function crdFindings({ to, companions }: Versions): readonly Finding[] {
  const old = companions.filter(({ part, version }) => part === 'crds' && (minorsBetween(version, to) ?? 0) > 0);
  const [first] = old;
  if (first === undefined || to === undefined) return [];
  const more = old.length === 1 ? '' : ` and ${String(old.length - 1)} more`;
  return [
    {
      id: 'outdated-crds',
      severity: 'overridable',
      subject: first.object,
      message: `${first.object}${more} ${old.length === 1 ? 'is' : 'are'} of Istio ${first.version} and the target is ${to}: the API server drops fields that it does not know yet.`,
      remedy: `Upgrade the CRDs first; the source reads the new ones too: \`helm upgrade istio-base istio/base --version ${to}\`, or \`kubectl apply --server-side\` with the base chart's files/crd-all.gen.yaml.`,
    },
  ];
}

/**
 * CNI and ztunnel of one minor version work with control planes of the same one and of the next
 * (https://istio.io/latest/docs/ambient/upgrade/helm/).
 */
function dataPlaneFindings({ to, companions }: Versions): readonly Finding[] {
  return companions.flatMap(({ part, object, version }) => {
    const behind = minorsBetween(version, to);
    if (part === 'crds' || to === undefined || behind === undefined || behind === 0 || behind === 1) return [];
    const name = part === 'cni' ? 'Istio CNI' : 'ztunnel';
    return [
      {
        id: `${part}-skew`,
        severity: 'overridable' as const,
        subject: object,
        message: `${name} is ${version} and the target is ${to}: it works with control planes of its own minor version and of the next one.`,
        remedy:
          behind > 1
            ? `Upgrade ${name} first, to a version that works with both control planes.`
            : `Choose a target of ${name}'s minor version, or bring ${name} back to the target's.`,
      },
    ];
  });
}
