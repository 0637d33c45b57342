// Who keeps an object as it is? Helm, istioctl, the Sail operator or a GitOps controller, told from its metadata. It
// refuses to believe what only looks like ownership: `app.kubernetes.io/managed-by: Helm` is in every chart istioctl renders, and
// `istioctl tag set` copies a release's annotations onto tags that are in no release (istio/istio 1.31 istioctl/pkg/tag/generate.go).
import type { ObjectMeta } from './kinds.ts';
import { holdersOf } from './managed-fields.ts';
import { OURSELVES } from './names.ts';
import type { Owner } from './snapshot.ts';

const RELEASE = 'meta.helm.sh/release-name';
const RELEASE_NAMESPACE = 'meta.helm.sh/release-namespace';
/**
 * Field managers of `istioctl install` (istio/istio 1.31 operator/pkg/install/install.go) and of everything istioctl applies itself, tags
 * among it (pkg/kube/client.go).
 */
const ISTIOCTL_MANAGERS: ReadonlySet<string> = new Set(['istio-operator', 'istio-ci']);

/** The owner that would undo a change to the object; `unknown` where nothing proves one. */
export function ownerOf(metadata: ObjectMeta): Owner {
  const sail = metadata.ownerReferences?.find(({ apiVersion }) => apiVersion.startsWith('sailoperator.io/'));
  if (sail !== undefined) return { kind: 'sail', object: `${sail.kind} ${sail.name}` };
  const managers = metadata.managedFields?.map(({ manager }) => manager ?? '');
  const declared = declaredBy(metadata, managers);
  if (declared !== undefined) return { kind: 'gitops', object: declared };
  const release = metadata.annotations?.[RELEASE];
  if (release !== undefined && isReleases(metadata))
    return { kind: 'helm', release, namespace: metadata.annotations?.[RELEASE_NAMESPACE] ?? '' };
  const byIstioctl =
    metadata.labels?.['operator.istio.io/managed'] === 'Reconcile' ||
    managers?.some((manager) => ISTIOCTL_MANAGERS.has(manager)) === true;
  return byIstioctl ? { kind: 'istioctl' } : { kind: 'unknown' };
}

/** Who copies the mark of a release: istioctl, kubectl; and who never writes it. */
const isNoHelm = (manager: string): boolean =>
  ISTIOCTL_MANAGERS.has(manager) || ['pilot-discovery', OURSELVES].includes(manager) || manager.startsWith('kubectl');

/**
 * Whether the mark was put there by whoever installed the release. That may have any name: helm calls itself `helm`, and inside another
 * program (Rancher Fleet, Pulumi, Terraform, an operator) like that program (helm/helm pkg/kube/client.go, getManagedFieldsManager).
 */
function isReleases({ managedFields = [] }: ObjectMeta): boolean {
  const holders = holdersOf(managedFields, ['f:metadata', 'f:annotations', `f:${RELEASE}`]);
  const writers = (holders.length > 0 ? holders : managedFields).map(({ manager = '' }) => manager);
  // A release may adopt what kubectl has marked for it.
  const isHelms = managedFields.some(({ manager = '' }) => /helm/i.test(manager));
  return writers.length === 0 || isHelms || writers.some((manager) => !isNoHelm(manager));
}

const TRACKING_ID = 'argocd.argoproj.io/tracking-id';
/** Where Argo CD tracks by label: its default one, and the one that its documentation proposes instead. */
const TRACKING_LABELS = ['argocd.argoproj.io/instance', 'app.kubernetes.io/instance'];
const FLUX = { kustomize: 'kustomize.toolkit.fluxcd.io', helm: 'helm.toolkit.fluxcd.io' };

/** The object whose git repository declares this one. A mark that was copied from another object names that other one, or lacks its writer. */
function declaredBy(metadata: ObjectMeta, managers: readonly string[] | undefined): string | undefined {
  const { name, annotations, labels } = metadata;
  const [application, ...tracked] = annotations?.[TRACKING_ID]?.split(':') ?? [];
  if (application !== undefined && tracked.at(-1)?.split('/').at(-1) === name)
    return `Argo CD's Application ${application}`;
  const tracking = trackingLabel(metadata);
  if (tracking !== undefined) return `Argo CD's Application ${tracking}`;
  const writes = (controller: string): boolean => managers === undefined || managers.includes(controller);
  const flux = (key: string, kind: string, controller: string): string | undefined => {
    const owner = labels?.[`${key}/name`];
    return owner === undefined || !writes(controller)
      ? undefined
      : `Flux' ${kind} ${labels?.[`${key}/namespace`] ?? ''}/${owner}`;
  };
  return (
    flux(FLUX.kustomize, 'Kustomization', 'kustomize-controller') ?? flux(FLUX.helm, 'HelmRelease', 'helm-controller')
  );
}

/**
 * The Application's name where Argo CD itself wrote it: it is in every chart too, and `istioctl tag set` copies it. Argo CD writes as
 * `argocd-controller` (argoproj/argo-cd common/common.go, ArgoCDSSAManager), without server-side apply also under its program's name.
 */
function trackingLabel({ labels, managedFields = [] }: ObjectMeta): string | undefined {
  const written = managedFields.filter(({ manager = '' }) => /^argocd-(?:application-)?controller$/u.test(manager));
  const isItsOwn = (label: string): boolean =>
    written.some(({ fieldsV1 }) => fieldsV1 === undefined) ||
    holdersOf(written, ['f:metadata', 'f:labels', `f:${label}`]).length > 0;
  return TRACKING_LABELS.filter(isItsOwn)
    .map((label) => labels?.[label])
    .find((value) => value !== undefined);
}
