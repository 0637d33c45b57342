// What do a tag's objects look like when it points to a revision? As `istioctl tag set` writes them
// (istio/istio istioctl/pkg/tag/generate.go), made from the revision's canonical injector; but the tag never gets what says who keeps that.
import type { ClientConfig, KubeObject, ServiceObject, Webhook, WebhookConfigurationObject } from './kinds.ts';
import { DEFAULT_TAG, REV, type Revision, TAG, type Tag } from './names.ts';
import { ownerOf } from './owner.ts';
import { callsTheSame } from './webhooks.ts';

interface TagObjects {
  readonly mutating: readonly WebhookConfigurationObject[];
  readonly services: readonly ServiceObject[];
  readonly validating: readonly WebhookConfigurationObject[];
}

/** Labels of the canonical injector that belong to its installation, not to a user's tag. */
const isInstallersOwn = (key: string): boolean => key === 'app' || key.includes('operator.istio.io');

/**
 * By which somebody finds what is theirs, to delete it some day. istioctl copies them as well; but an Argo CD that tracks by label prunes
 * a tag with its Application's label on it, for that one's git does not have the tag.
 */
const TRACKS =
  /^(?:app\.kubernetes\.io\/instance$|argocd\.argoproj\.io\/|[a-z]+\.toolkit\.fluxcd\.io\/|kapp\.k14s\.io\/|applyset\.kubernetes\.io\/|objectset\.rio\.cattle\.io\/)/u;
/** Labels and annotations that say who keeps the object that bears them. */
const isKeepersMark = (key: string): boolean =>
  TRACKS.test(key) ||
  key.startsWith('meta.helm.sh/') ||
  ['app.kubernetes.io/managed-by', 'kubectl.kubernetes.io/last-applied-configuration'].includes(key);

/**
 * The tag's MutatingWebhookConfiguration, as read, pointed at the canonical injector's revision. Its labels are brought up to date; one
 * that it has not had may be a mark that we don't know, and is not given to it. `previous`: the canonical injector of where it pointed.
 */
export function pointedInjector(
  tagged: WebhookConfigurationObject,
  canonical: WebhookConfigurationObject,
  previous?: WebhookConfigurationObject,
): WebhookConfigurationObject {
  const clientConfig = injectionClient(canonical);
  if (clientConfig === undefined) return tagged;
  const keeper = ownerOf(tagged.metadata).kind === 'gitops' ? undefined : previous;
  const own = Object.entries(tagged.metadata.labels ?? {}).filter(([key, value]) => !isCopied(keeper, key, value));
  const inherited = Object.entries(canonical.metadata.labels ?? {})
    .filter(([key]) => key === REV || own.some(([label]) => label === key))
    .filter(([key]) => !isInstallersOwn(key) && !isKeepersMark(key) && key !== TAG);
  const described = Object.entries(canonical.metadata.annotations ?? {}).filter(([key]) => !isKeepersMark(key));
  const annotations = { ...tagged.metadata.annotations, ...Object.fromEntries(described) };
  return {
    ...tagged,
    metadata: {
      ...tagged.metadata,
      labels: { ...Object.fromEntries(own), ...Object.fromEntries(inherited) },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    webhooks: (tagged.webhooks ?? []).map((webhook) => ({ ...webhook, clientConfig })),
  };
}

/**
 * A GitOps controller's mark that the tag has from the injector it pointed to (`istioctl tag set` put it there): deleting that Application
 * would delete the tag. Where nobody tracks by it, the same value means nothing: all that istioctl renders has it.
 */
const isCopied = (previous: WebhookConfigurationObject | undefined, key: string, value: string): boolean =>
  previous !== undefined &&
  TRACKS.test(key) &&
  previous.metadata.labels?.[key] === value &&
  ownerOf(previous.metadata).kind === 'gitops';

/** The objects as they will be once the tag points to the revision; as they are where that is not installed. */
export function withTagMoved<T extends TagObjects>(
  objects: T,
  { tag, to }: { readonly tag: Tag; readonly to: Revision },
): T {
  const canonical = objects.mutating.find(
    ({ metadata: { labels } }) => labels?.[REV] === to && labels[TAG] === undefined,
  );
  if (canonical === undefined) return objects;
  const isOfTag = ({ metadata }: KubeObject): boolean => metadata.labels?.[TAG] === tag;
  return {
    ...objects,
    mutating: objects.mutating.map((injector) => (isOfTag(injector) ? pointedInjector(injector, canonical) : injector)),
    services: objects.services.map((service) => (isOfTag(service) ? pointedService(service, to) : service)),
    validating: objects.validating.map((validator) =>
      tag === DEFAULT_TAG && isDefaultValidator(validator) ? pointedValidator(validator, canonical, to) : validator,
    ),
  };
}

/** The base chart's validator (defaultrevision-validatingwebhookconfiguration.yaml) has no tag label, only its name. */
export const isDefaultValidator = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.[TAG] === DEFAULT_TAG || metadata.name.startsWith('istiod-default-validator');

/** What the canonical injector's webhooks call: service or url, and the CA that vouches for it. */
export function injectionClient(canonical: WebhookConfigurationObject): ClientConfig | undefined {
  return canonical.webhooks?.find((webhook) => webhook.name.endsWith('sidecar-injector.istio.io'))?.clientConfig;
}

/**
 * The tag's Service (Istio 1.28 and later), selecting the revision's istiod. Also an un-revisioned one by its label, which is
 * `default`, as istioctl does; the chart would select it by `istio=pilot`.
 */
export function pointedService(service: ServiceObject, revision: string): ServiceObject {
  return {
    ...service,
    metadata: { ...service.metadata, labels: { ...service.metadata.labels, [REV]: revision } },
    spec: { ...service.spec, selector: { app: 'istiod', [REV]: revision } },
  };
}

/** The default validator, calling the revision's istiod at `/validate` with the injector's CA. */
export function pointedValidator(
  validator: WebhookConfigurationObject,
  canonical: WebhookConfigurationObject,
  revision: string,
): WebhookConfigurationObject {
  const client = injectionClient(canonical);
  if (client === undefined) return validator;
  return {
    ...validator,
    metadata: { ...validator.metadata, labels: { ...validator.metadata.labels, [REV]: revision } },
    webhooks: (validator.webhooks ?? []).map((webhook) => ({
      ...webhook,
      clientConfig: validationClient(webhook, client),
    })),
  };
}

function validationClient(webhook: Webhook, injection: ClientConfig): ClientConfig {
  const ca = injection.caBundle === undefined ? {} : { caBundle: injection.caBundle };
  if (injection.url !== undefined) return { ...ca, url: new URL('/validate', injection.url).toString() };
  if (injection.service === undefined) return webhook.clientConfig;
  const { port } = injection.service;
  return {
    ...ca,
    service: {
      namespace: injection.service.namespace,
      name: injection.service.name,
      path: '/validate',
      ...(port === undefined ? {} : { port }),
    },
  };
}

/** Whether two webhooks call the same endpoint and trust the same CA. */
export const sameClient = (one: ClientConfig | undefined, other: ClientConfig | undefined): boolean =>
  callsTheSame(one, other) && one?.caBundle === other?.caBundle;
