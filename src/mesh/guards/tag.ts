// Is the tag whole, unambiguous, and on the source? What is half-changed before an upgrade can't be put back after it.
import type { Finding } from '../finding.ts';
import { DEFAULT_TAG } from '../names.ts';
import type { ControlPlane, RevisionTag } from '../snapshot.ts';
import { calledBy, callsTheSame } from '../webhooks.ts';
import type { Concern } from './concern.ts';
import { tagMissing } from './tag-missing.ts';

export function tagFindings(concern: Concern): readonly Finding[] {
  const { snapshot, frozen } = concern;
  const tag = snapshot.tags.find((candidate) => candidate.tag === frozen.tag);
  return [
    ...(tag === undefined
      ? [tagMissing(snapshot, frozen.tag)]
      : [...whereItPoints(tag, concern), ...halves(tag, concern)]),
    ...sameNames(concern),
    ...twice(concern),
  ];
}

function whereItPoints({ tag, revision }: RevisionTag, { source, target }: Concern): readonly Finding[] {
  if (revision === source) return [];
  const subject = `tag ${tag}`;
  if (revision === target)
    return [
      {
        id: 'tag-already-moved',
        severity: 'notice',
        subject,
        message: `it points to the target already: new pods of its followers get the new proxy now, batch or not.`,
        remedy: `To begin with nothing moved, point it back: \`istioctl tag set ${tag} --revision ${source} --overwrite\`.`,
      },
    ];
  return [
    {
      id: 'tag-elsewhere',
      severity: 'blocks',
      subject,
      message: `it points to revision ${revision}, which is neither the source ${source} nor the target ${target}.`,
      remedy: `Set \`source-revision\` to ${revision}, or \`tag\` to the one that points to ${source}.`,
    },
  ];
}

/** The label says where a tag points, the webhooks do where it leads. */
function halves({ tag, revision, clientConfig, mixed, injector }: RevisionTag, concern: Concern): readonly Finding[] {
  const plane = concern.snapshot.controlPlanes.find((candidate) => candidate.revision === revision);
  if (plane === undefined || (mixed !== true && callsTheSame(clientConfig, plane.clientConfig))) return [];
  const what =
    mixed === true
      ? 'its webhooks do not all call the same istiod'
      : `its webhooks call ${calledBy(clientConfig)}, not ${calledBy(plane.clientConfig)}`;
  return [
    {
      id: 'tag-inconsistent',
      severity: 'blocks',
      subject: `tag ${tag}`,
      message: `MutatingWebhookConfiguration ${injector} is labelled istio.io/rev=${revision}, but ${what}.`,
      remedy: `Let istioctl write it anew: \`istioctl tag set ${tag} --revision ${revision} --overwrite\`.`,
    },
  ];
}

/** Two injectors that select the same label value inject a pod twice or not at all (istio#56128). */
function sameNames({ snapshot, frozen, source, target }: Concern): readonly Finding[] {
  const active = snapshot.controlPlanes.filter(({ deactivated }) => !deactivated);
  return snapshot.tags
    .filter(({ tag }) => active.some(({ revision }) => revision === String(tag)))
    .map(({ tag, revision }) => ({
      id: 'tag-shadows-revision',
      severity:
        tag === frozen.tag || String(tag) === source || String(tag) === target
          ? ('blocks' as const)
          : ('notice' as const),
      subject: `tag ${tag}`,
      message: `a revision has the same name, and both injectors answer to istio.io/rev=${tag}.`,
      remedy:
        tag === DEFAULT_TAG
          ? `Let istioctl hand injection over to the tag, which deactivates the other injector: \`istioctl tag set default --revision ${revision} --overwrite\`.`
          : `Give the tag another name: \`istioctl tag set <name> --revision ${revision}\`, move its followers, \`istioctl tag remove ${tag}\`.`,
    }));
}

/** Two injectors that claim to be the same revision, or the same tag: which one counts can't be told. */
function twice({ snapshot, frozen, source, target }: Concern): readonly Finding[] {
  const planes = snapshot.controlPlanes.filter(({ revision }) => revision === source || revision === target);
  const tags = snapshot.tags.filter(({ tag }) => tag === frozen.tag);
  const claims: readonly (readonly [string, ControlPlane | RevisionTag])[] = [
    ...planes.map((plane) => [`revision ${plane.revision}`, plane] as const),
    ...tags.map((tag) => [`tag ${tag.tag}`, tag] as const),
  ];
  return [...Map.groupBy(claims, ([subject]) => subject)]
    .filter(([, claimed]) => claimed.length > 1)
    .map(([subject, claimed]) => ({
      id: 'ambiguous',
      severity: 'blocks',
      subject,
      message: `${claimed.length} MutatingWebhookConfigurations claim to be it: ${claimed.map(([, { injector }]) => injector).join(', ')}.`,
      remedy: 'Delete the one that is left over, or take its label istio.io/rev away.',
    }));
}
