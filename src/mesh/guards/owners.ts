// Would somebody undo what we write? The Sail operator (istio-ecosystem/sail-operator controllers/istiorevision, istiorevisiontag) and
// GitOps controllers do at once, Helm with the next `helm upgrade` (the istiod chart's templates/revision-tags-mwc.yaml).
import type { Finding } from '../finding.ts';
import type { Owner } from '../snapshot.ts';
import type { Concern } from './concern.ts';

export function ownerFindings({ snapshot, frozen, target, sourcePlane, targetPlane }: Concern): readonly Finding[] {
  const tag = snapshot.tags.find((candidate) => candidate.tag === frozen.tag);
  return [
    ...(sourcePlane === undefined ? [] : ofSail(`revision ${sourcePlane.revision}`, sourcePlane.owner)),
    ...(sourcePlane === undefined || frozen.removeSource !== 'auto' ? [] : sourceInGit(sourcePlane)),
    ...(targetPlane === undefined ? [] : ofSail(`revision ${targetPlane.revision}`, targetPlane.owner)),
    ...(tag === undefined ? [] : [...ofSail(`tag ${tag.tag}`, tag.owner), ...ofHelm(tag), ...tagInGit(tag)]),
    ...(tag?.validator === undefined ? [] : validatorFindings(tag.validator, target)),
  ];
}

function ofSail(subject: string, owner: Owner): readonly Finding[] {
  if (owner.kind !== 'sail') return [];
  return [
    {
      id: 'sail-owned',
      severity: 'blocks',
      subject,
      message: `${owner.object} of the Sail operator owns it, and the operator would undo every change at once.`,
      remedy: 'Change the version in the operator’s own object (`spec.version` of Istio or IstioRevision) instead.',
    },
  ];
}

/** A source that Helm owns is no obstacle: `helm uninstall` removes it. */
function ofHelm({ tag, revision, owner, injector }: Concern['snapshot']['tags'][number]): readonly Finding[] {
  if (owner.kind !== 'helm') return [];
  return [
    {
      id: 'helm-owned-tag',
      severity: 'blocks',
      subject: `tag ${tag}`,
      message: `MutatingWebhookConfiguration ${injector} belongs to Helm release ${owner.namespace}/${owner.release}; its next \`helm upgrade\` would move the tag back.`,
      remedy: `Take ${tag} out of that release's value \`revisionTags\` and create it with \`istioctl tag set ${tag} --revision ${revision}\`, in a quiet moment: in between nobody injects for it.`,
    },
  ];
}

function tagInGit({ tag, owner, injector }: Concern['snapshot']['tags'][number]): readonly Finding[] {
  if (owner.kind !== 'gitops') return [];
  return [
    {
      id: 'gitops-owned',
      // Only its owner knows what the controller ignores, and whether it still declares what bears its mark.
      severity: 'overridable',
      subject: `tag ${tag}`,
      message: `MutatingWebhookConfiguration ${injector} is declared in git: ${owner.object} would move the tag back at once.`,
      remedy: `Take ${injector} out of that repository without deleting it, and take the controller's mark off it; or let the controller ignore its labels and webhooks, and accept this. The upgrade moves it.`,
    },
  ];
}

/** It moves with the tag `default`, and only that far does its owner matter: until the release's next upgrade, or not at all. */
function validatorFindings(
  { name, owner }: NonNullable<Concern['snapshot']['tags'][number]['validator']>,
  target: string,
): readonly Finding[] {
  const subject = `ValidatingWebhookConfiguration ${name}`;
  if (owner.kind === 'helm')
    return [
      {
        id: 'helm-owned-validator',
        severity: 'notice',
        subject,
        message: `${subject} belongs to Helm release ${owner.namespace}/${owner.release}, whose next \`helm upgrade\` would point it back to the source; once that is removed, no Istio object could be written any more.`,
        remedy: `When the upgrade is completed, set \`defaultRevision: ${target}\` among that release's values.`,
      },
    ];
  if (owner.kind !== 'gitops' && owner.kind !== 'sail') return [];
  return [
    {
      id: owner.kind === 'sail' ? 'sail-owned' : 'gitops-owned',
      severity: owner.kind === 'sail' ? 'blocks' : 'overridable',
      subject,
      message: `${subject} is kept by ${owner.object}, which would point it back to the source at once.`,
      remedy:
        owner.kind === 'sail'
          ? 'Take it out of there without deleting it; the upgrade moves it with the tag.'
          : "Let the controller ignore its labels and webhooks, and accept this; or take it out of there without deleting it, and take the controller's mark off it. The upgrade moves it with the tag.",
    },
  ];
}

function sourceInGit({ revision, owner }: NonNullable<Concern['sourcePlane']>): readonly Finding[] {
  if (owner.kind !== 'gitops') return [];
  return [
    {
      id: 'gitops-owned',
      severity: 'blocks',
      subject: `revision ${revision}`,
      message: `it is declared in git: ${owner.object} would put it back after its removal.`,
      remedy: 'Set `remove-source` to `verify`, and remove it from the repository when that says that nothing uses it.',
    },
  ];
}
