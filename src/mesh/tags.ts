// Which revision tags are there, where does each point, and of which objects does it consist? Of those that `istioctl tag set` writes
// (istio/istio 1.31 istioctl/pkg/tag/generate.go). What a tag's webhooks call is reported beside what its label says; that the two agree
// is for the guards to ask.
import type { ServiceObject, WebhookConfigurationObject } from './kinds.ts';
import { asRevision, asTag, DEFAULT_TAG, REV, TAG } from './names.ts';
import { ownerOf } from './owner.ts';
import type { RevisionTag } from './snapshot.ts';
import { callsTheSame, injectorsIn, injectsUnasked } from './webhooks.ts';

/** Validates config objects that name no revision. The base chart writes it without the label `istio.io/tag`: its name is its mark. */
export const DEFAULT_VALIDATOR = 'istiod-default-validator';

/** The webhook configurations of the cluster, and the Services of the Istio namespace. */
export interface TagObjects {
  readonly mutating: readonly WebhookConfigurationObject[];
  readonly validating: readonly WebhookConfigurationObject[];
  readonly services: readonly ServiceObject[];
}

/** Every tag that has an injector, by name; a tag appears twice where two injectors claim it: the guards say so. */
export function tagsOf(objects: TagObjects): readonly RevisionTag[] {
  return objects.mutating
    .filter(({ metadata }) => metadata.labels?.[TAG] !== undefined && metadata.labels[REV] !== undefined)
    .map((injector) => tagOf(injector, objects))
    .toSorted((a, b) => a.tag.localeCompare(b.tag) || a.injector.localeCompare(b.injector));
}

function tagOf(injector: WebhookConfigurationObject, { services, validating }: TagObjects): RevisionTag {
  const labels = injector.metadata.labels ?? {};
  const tag = asTag(labels[TAG] ?? '');
  const webhooks = injectorsIn(injector);
  const clientConfig = webhooks[0]?.clientConfig;
  const service = services.find(({ metadata }) => metadata.labels?.[TAG] === tag)?.metadata.name;
  const validator =
    tag === DEFAULT_TAG ? validating.find(({ metadata }) => metadata.name === DEFAULT_VALIDATOR)?.metadata : undefined;
  return {
    tag,
    revision: asRevision(labels[REV] ?? ''),
    injector: injector.metadata.name,
    owner: ownerOf(injector.metadata),
    ...(clientConfig === undefined ? {} : { clientConfig }),
    ...(webhooks.every((webhook) => callsTheSame(webhook.clientConfig, clientConfig)) ? {} : { mixed: true }),
    ...(injectsUnasked(webhooks) ? { injectsUnasked: true } : {}),
    ...(service === undefined ? {} : { service }),
    ...(validator === undefined ? {} : { validator: { name: validator.name, owner: ownerOf(validator) } }),
  };
}
