// What do an injector's webhooks call, and are they switched on? Small readings that control-planes.ts, tags.ts and the guards share.
import type { ClientConfig, Webhook, WebhookConfigurationObject } from './kinds.ts';

/** The webhooks of a configuration that inject sidecars; others are none of Istio's. */
export const injectorsIn = (configuration: WebhookConfigurationObject): readonly Webhook[] =>
  (configuration.webhooks ?? []).filter(({ name }) => name.endsWith('sidecar-injector.istio.io'));

/** Both reach the same endpoint; the caBundle is left out, for istiod keeps writing it. */
export function callsTheSame(one: ClientConfig | undefined, other: ClientConfig | undefined): boolean {
  return endpoint(one) === endpoint(other);
}
function endpoint(config: ClientConfig | undefined): string {
  if (config?.url !== undefined) return config.url;
  const service = config?.service;
  return service === undefined
    ? ''
    : `${service.namespace}/${service.name}:${String(service.port ?? 443)}${service.path ?? ''}`;
}

/** What a webhook calls, for people: a Service or a URL. */
export function calledBy(config: ClientConfig | undefined): string {
  if (config?.url !== undefined) return config.url;
  return config?.service === undefined ? 'nothing' : `Service ${config.service.namespace}/${config.service.name}`;
}

/** Switched off as `istioctl` does it when a `default` tag takes over: every webhook selects `istio.io/deactivated: never-match`. */
export function isDeactivated(webhooks: readonly Webhook[]): boolean {
  return webhooks.length > 0 && webhooks.every(({ namespaceSelector }) => neverMatches(namespaceSelector));
}
function neverMatches(selector: unknown): boolean {
  if (typeof selector !== 'object' || selector === null || !('matchLabels' in selector)) return false;
  const labels: unknown = selector.matchLabels;
  return (
    typeof labels === 'object' &&
    labels !== null &&
    'istio.io/deactivated' in labels &&
    labels['istio.io/deactivated'] === 'never-match'
  );
}

/** Has the `auto.` webhook of `enableNamespacesByDefault`, which takes pods that ask for nothing. */
export const injectsUnasked = (webhooks: readonly Webhook[]): boolean =>
  webhooks.some(({ name }) => name.startsWith('auto.'));
