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

/**
 * Two injectors that select the same label value inject a pod twice or not at all (istio#56128). Where one is deactivated, as an
 * un-revisioned istiod's is by the tag `default`, the name means the tag: as a source it could be neither pinned to nor gone back to.
 */
function sameNames({ snapshot, frozen, source, target }: Concern): readonly Finding[] {
  const { tags, controlPlanes } = snapshot;
  return tags.flatMap(({ tag, revision }) => {
    const plane = controlPlanes.find((each) => each.revision === String(tag));
    const concerns = tag === frozen.tag || String(tag) === source || String(tag) === target;
    if (plane === undefined) return [];
    if (!plane.deactivated) return [shadowed(tag, revision, concerns)];
    const isAmbiguousSource = plane.revision === source && tag !== frozen.tag && revision !== source;
    return isAmbiguousSource && frozen.strategy === 'tag' ? [nameless(tag, revision, frozen.tag)] : [];
  });
}

const shadowed = (tag: RevisionTag['tag'], revision: string, concerns: boolean): Finding => ({
  id: 'tag-shadows-revision',
  severity: concerns ? 'blocks' : 'notice',
  subject: `tag ${tag}`,
  message: `a revision has the same name, and both injectors answer to istio.io/rev=${tag}.`,
  remedy:
    tag === DEFAULT_TAG
      ? `Let istioctl hand injection over to the tag, which deactivates the other injector: \`istioctl tag set default --revision ${revision} --overwrite\`.`
      : `Give the tag another name: \`istioctl tag set <name> --revision ${revision}\`, move its followers, \`istioctl tag remove ${tag}\`.`,
});

const nameless = (tag: RevisionTag['tag'], revision: string, moved: RevisionTag['tag']): Finding => ({
  id: 'tag-shadows-revision',
  severity: 'blocks',
  subject: `tag ${tag}`,
  message: `the source is called ${tag} too, and istio.io/rev=${tag} means the tag, which points to ${revision}: no label can hold anything on the source.`,
  remedy: `Use \`strategy: relabel\`, which leaves tag ${moved} on the source until \`complete\`.`,
});

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
