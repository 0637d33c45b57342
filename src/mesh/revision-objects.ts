// Which objects are exactly one revision's control plane? Those the istiod chart gives it, by kind, name and label (istio/istio 1.31
// manifests/charts/istio-control/istio-discovery/templates). Refuses to go by the label alone: gateways, CNI, ztunnel and users' own
// objects carry `istio.io/rev` too.
import { type Kind, type KubeObject, type ObjectRef } from './kinds.ts';
import { REV, TAG, type Revision } from './names.ts';

/** `-1-32-0`; nothing for a control plane installed without a revision, which labels call `default`. */
const suffixOf = (revision: Revision): string => (revision === 'default' ? '' : `-${revision}`);

/** The chart's objects that belong to one revision but carry no `istio.io/rev` label when Helm renders them. */
const UNLABELLED: ReadonlySet<string> = new Set([
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'EndpointSlice',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** Whether the istiod chart gives this name to an object of this kind for this revision. Names are compared whole. */
export function isNameOfRevision(kind: string, name: string, revision: Revision, istioNamespace: string): boolean {
  const suffix = suffixOf(revision);
  switch (kind) {
    case 'Deployment':
    case 'HorizontalPodAutoscaler':
    case 'PodDisruptionBudget':
    case 'NetworkPolicy':
    case 'ServiceAccount':
    case 'Role':
    case 'RoleBinding':
      return name === `istiod${suffix}`;
    case 'Service':
    case 'EndpointSlice':
      return name === `istiod${suffix}` || name === `istiod${suffix}-remote`;
    case 'ConfigMap':
      return (
        [
          `istio${suffix}`,
          `istio-sidecar-injector${suffix}`,
          `values${suffix}`,
          `pilot-jwks-extra-cacerts${suffix}`,
        ].includes(name) || name.startsWith(`istio-${revision}-gatewayclass-`)
      );
    case 'ClusterRole':
    case 'ClusterRoleBinding':
      return ['istiod-clusterrole', 'istiod-gateway-controller', 'istio-reader-clusterrole'].some(
        (stem) => name === `${stem}${suffix}-${istioNamespace}`,
      );
    case 'MutatingWebhookConfiguration': {
      const injector = `istio-sidecar-injector${suffix}`;
      return name === (istioNamespace === 'istio-system' ? injector : `${injector}-${istioNamespace}`);
    }
    case 'ValidatingWebhookConfiguration':
      return name === `istio-validator${suffix}-${istioNamespace}`;
    case 'ValidatingAdmissionPolicy':
      return name === `stable-channel-policy${suffix}-${istioNamespace}.istio.io`;
    case 'ValidatingAdmissionPolicyBinding':
      return name === `stable-channel-policy-binding${suffix}-${istioNamespace}.istio.io`;
    default:
      return false;
  }
}

/**
 * Whether the object is part of this revision's control plane: named as the chart names it, labelled with the revision (or
 * without label where the chart gives none), in the Istio namespace or cluster-scoped, and no tag.
 */
export function isOfRevision(object: KubeObject, kind: string, revision: Revision, istioNamespace: string): boolean {
  const { name, namespace, labels } = object.metadata;
  if (labels?.[TAG] !== undefined) return false;
  if (namespace !== undefined && namespace !== istioNamespace) return false;
  if (!isNameOfRevision(kind, name, revision, istioNamespace)) return false;
  const label = labels?.[REV];
  return label === undefined ? UNLABELLED.has(kind) : label === revision;
}

/** Whether it is owned by the revision's objects alone, so that the garbage collector takes it once they are gone. */
export function goesWithRevision({ metadata }: KubeObject, revision: Revision, istioNamespace: string): boolean {
  const owners = metadata.ownerReferences ?? [];
  return owners.length > 0 && owners.every(({ kind, name }) => isNameOfRevision(kind, name, revision, istioNamespace));
}

/** Names of the leases only istiods of this revision hold (istio/istio pilot/pkg/leaderelection); shared ones are not among them. */
export function leasesOf(revision: Revision): readonly string[] {
  return ['istio-gateway-deployment', 'istio-gateway-status-leader', 'istio-gateway-inferencepool'].map(
    (stem) => `${stem}-${revision}`,
  );
}

/** An object's address, in the form the API server deletes it by. */
export function refOf(kind: Kind<KubeObject>, { metadata }: KubeObject): ObjectRef {
  return {
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
}
