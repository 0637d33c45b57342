// Which revision injects by default and validates what carries no revision? Told from the webhook configurations, so that it can be
// compared before and after an installation: `istioctl install` may take it (istio/istio 1.31 operator/pkg/webhook/webhook.go).
import type { Finding } from './finding.ts';
import type { WebhookConfigurationObject } from './kinds.ts';
import { DEFAULT_TAG, REV, TAG, type Revision } from './names.ts';
import { calledBy, injectorsIn, isDeactivated } from './webhooks.ts';

export interface DefaultOwner {
  /** Revision the tag `default` points to; absent without that tag. */
  readonly tag?: string;
  /** An injector installed without a revision is switched on, and so injects by default whatever the tag says. */
  readonly unrevisioned: boolean;
  /** What the default validators call, each once, sorted. */
  readonly validators: readonly string[];
}

/** Who owns the default now; equal before and after as long as nobody moved it. */
export function defaultOwnerOf(
  mutating: readonly WebhookConfigurationObject[],
  validating: readonly WebhookConfigurationObject[],
): DefaultOwner {
  const tag = mutating.find(({ metadata }) => metadata.labels?.[TAG] === DEFAULT_TAG)?.metadata.labels?.[REV];
  const unrevisioned = mutating.some(
    (configuration) =>
      configuration.metadata.labels?.[REV] === 'default' &&
      configuration.metadata.labels[TAG] === undefined &&
      injectorsIn(configuration).length > 0 &&
      !isDeactivated(configuration.webhooks ?? []),
  );
  const validators = new Set(
    validating
      .filter(({ metadata }) => metadata.name.startsWith('istiod-default-validator'))
      .flatMap(({ webhooks }) => (webhooks ?? []).map(({ clientConfig }) => calledBy(clientConfig))),
  );
  return { ...(tag === undefined ? {} : { tag }), unrevisioned, validators: [...validators].toSorted() };
}

/** The owner in words. */
export function sayDefaultOwner({ tag, unrevisioned, validators }: DefaultOwner): string {
  const injects = tag === undefined ? 'no tag `default`' : `tag \`default\` → ${tag}`;
  const old = unrevisioned ? ', injector without revision switched on' : '';
  return `${injects}${old}, default validator ${validators.length === 0 ? 'absent' : `calls ${validators.join(', ')}`}`;
}

/** `istioctl install` creates the tag `default` on what it installs, and switches the un-revisioned injector off, when there is none. */
export function istioctlWouldSeizeDefault(
  owner: DefaultOwner,
  { source, target }: { readonly source: Revision; readonly target: Revision },
): readonly Finding[] {
  if (owner.tag !== undefined) return [];
  const holder = owner.unrevisioned ? 'default' : source;
  return [
    {
      id: 'istioctl-would-seize-default',
      severity: 'blocks',
      subject: 'install',
      message: `No tag \`default\` exists, so \`istioctl install\` would create it on ${target}${
        owner.unrevisioned ? ' and switch off the injector that was installed without a revision' : ''
      }: every default namespace would move at once.`,
      remedy: `In a quiet moment run \`istioctl tag set default --revision ${holder}\`, or use \`install: helm\` or \`install: manifest\`.`,
    },
  ];
}
