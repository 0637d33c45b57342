// Which kinds of objects is a control plane made of, beside those every phase knows? (istio/istio 1.31
// manifests/charts/istio-control/istio-discovery/templates.) In the order in which a removal takes them: nothing may still call istiod
// when it goes, and nothing it needs goes before it.
import {
  CONFIG_MAP,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  MUTATING,
  SERVICE,
  SERVICE_ACCOUNT,
  VALIDATING,
  type Kind,
  type KubeObject,
} from './kinds.ts';

const admission = 'admissionregistration.k8s.io/v1';
const rbac = 'rbac.authorization.k8s.io/v1';

const ADMISSION_POLICY: Kind<KubeObject> = {
  apiVersion: admission,
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  namespaced: false,
};
const ADMISSION_POLICY_BINDING: Kind<KubeObject> = {
  apiVersion: admission,
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  namespaced: false,
};
const HORIZONTAL_POD_AUTOSCALER: Kind<KubeObject> = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
};
const POD_DISRUPTION_BUDGET: Kind<KubeObject> = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  namespaced: true,
};
const NETWORK_POLICY: Kind<KubeObject> = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  namespaced: true,
};
const ROLE: Kind<KubeObject> = { apiVersion: rbac, kind: 'Role', plural: 'roles', namespaced: true };
const ROLE_BINDING: Kind<KubeObject> = {
  apiVersion: rbac,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
};
export const CLUSTER_ROLE: Kind<KubeObject> = {
  apiVersion: rbac,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
};
const CLUSTER_ROLE_BINDING: Kind<KubeObject> = {
  apiVersion: rbac,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
};

/** Every kind the istiod chart can render; webhooks come before the Deployment, what the Deployment stands on after it. */
export const REVISION_KINDS: readonly Kind<KubeObject>[] = [
  MUTATING,
  VALIDATING,
  ADMISSION_POLICY_BINDING,
  ADMISSION_POLICY,
  HORIZONTAL_POD_AUTOSCALER,
  POD_DISRUPTION_BUDGET,
  DEPLOYMENT,
  SERVICE,
  ENDPOINT_SLICE,
  NETWORK_POLICY,
  CONFIG_MAP,
  ROLE_BINDING,
  ROLE,
  CLUSTER_ROLE_BINDING,
  CLUSTER_ROLE,
  SERVICE_ACCOUNT,
];

/** The kind of a control plane's object by its apiVersion and kind; undefined for what the chart never renders. */
export function revisionKindOf({ apiVersion, kind }: KubeObject): Kind<KubeObject> | undefined {
  const group = groupOf(apiVersion);
  return REVISION_KINDS.find((known) => known.kind === kind && groupOf(known.apiVersion) === group);
}
const groupOf = (apiVersion: string | undefined): string => apiVersion?.split('/').toReversed()[1] ?? '';
