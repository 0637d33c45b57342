// Does every API server serve this kind? Then a 404 without Kubernetes' own words never means that there is none.
import type { Kind, KubeObject } from '../../mesh/kinds.ts';

/** Built into the API server, in the versions that we ask for, since long before the oldest Kubernetes that we meet. */
const GROUPS = new Set([
  '', // the core
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
]);
/** Younger than their group: they came to its v1 with Kubernetes 1.30. */
const YOUNG = new Set(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']);

/** False for what comes with a CRD, such as Istio's kinds and the Gateway API's. */
export const isAlwaysServed = ({ apiVersion, kind }: Kind<KubeObject>): boolean =>
  !YOUNG.has(kind) && GROUPS.has(apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '');
