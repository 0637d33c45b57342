// What of an object did somebody mean? Everything but what the API server, a controller or istiod writes into it by itself: so it is
// written again, and so two moments are compared.
import type { KubeObject } from '../cluster/api.ts';

export interface Labelled extends KubeObject {
  webhooks?: Webhook[];
  spec?: Spec;
  data?: Record<string, string>;
  secrets?: object[];
  status?: object;
}
interface Spec {
  template?: { metadata?: { annotations?: Record<string, string> } };
  clusterIP?: string;
  clusterIPs?: string[];
  [field: string]: unknown;
}
interface Webhook {
  failurePolicy?: string;
}

/** Left out: uid, versions, times, managed fields, status, a ServiceAccount's secrets, a Deployment's revision, a Service's addresses. */
export function bare({ metadata, spec, webhooks, status: _status, secrets: _secrets, ...rest }: Labelled): Labelled {
  const { name, namespace, labels, annotations } = metadata;
  const { 'deployment.kubernetes.io/revision': _revision, ...kept } = annotations ?? {};
  return {
    ...rest,
    ...(spec === undefined ? {} : { spec: withoutAddresses(spec) }),
    ...(webhooks === undefined ? {} : { webhooks: rest.kind === VALIDATING ? unflipped(webhooks) : webhooks }),
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(labels === undefined ? {} : { labels }),
      ...(Object.keys(kept).length === 0 ? {} : { annotations: kept }),
    },
  };
}

const VALIDATING = 'ValidatingWebhookConfiguration';

/** istiod turns a validating webhook's failurePolicy from Ignore to Fail a while after its start; the API server's default is Fail. */
export const unflipped = (webhooks: readonly Webhook[]): object[] =>
  webhooks.map(({ failurePolicy: _flipped, ...webhook }) => webhook);

const withoutAddresses = ({ clusterIP: _one, clusterIPs: _all, ...spec }: Spec): Spec => spec;
