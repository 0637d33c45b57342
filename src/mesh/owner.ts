// Who keeps an object as it is? Helm, istioctl, the Sail operator or a GitOps controller, told from its metadata. It
// refuses to believe what only looks like ownership: `app.kubernetes.io/managed-by: Helm` is in every chart istioctl renders, and
// `istioctl tag set` copies a release's annotations onto tags that are in no release (istio/istio 1.31 istioctl/pkg/tag/generate.go).
import type { ObjectMeta } from './kinds.ts';
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
  // Helm itself, Flux' helm-controller, Terraform's provider: whoever installs a release has helm in its name.
  const writtenByHelm = managers === undefined || managers.some((manager) => /helm/i.test(manager));
  if (release !== undefined && writtenByHelm)
    return { kind: 'helm', release, namespace: metadata.annotations?.[RELEASE_NAMESPACE] ?? '' };
  const byIstioctl =
    metadata.labels?.['operator.istio.io/managed'] === 'Reconcile' ||
    managers?.some((manager) => ISTIOCTL_MANAGERS.has(manager)) === true;
  return byIstioctl ? { kind: 'istioctl' } : { kind: 'unknown' };
}

const TRACKING_ID = 'argocd.argoproj.io/tracking-id';
const FLUX = { kustomize: 'kustomize.toolkit.fluxcd.io', helm: 'helm.toolkit.fluxcd.io' };

/** The object whose git repository declares this one. A mark that was copied from another object names that other one, or lacks its writer. */
function declaredBy(
  { name, annotations, labels }: ObjectMeta,
  managers: readonly string[] | undefined,
): string | undefined {
  const [application, ...tracked] = annotations?.[TRACKING_ID]?.split(':') ?? [];
  if (application !== undefined && tracked.at(-1)?.split('/').at(-1) === name)
    return `Argo CD's Application ${application}`;
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
