// Which pod, created as a dry run, proves that a revision injects? One that asks for the revision by its own label, in a namespace
// whose labels leave the choice to the pod (by the selectors in the istiod chart's templates/mutatingwebhook.yaml), and as modest as any
// admission policy may demand.
import type { KubeObject, PodObject } from './kinds.ts';
import { INJECTION, OURSELVES, REV, type Revision } from './names.ts';

/** istiod never injects here (istio/istio 1.31 pkg/kube/inject/initializer.go). */
const IGNORED: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

/**
 * Namespaces in which a pod's own `istio.io/rev` label decides, best first: the Istio namespace, `default`, then by name. Where none
 * is left unlabelled, those labelled with the revision itself serve as well: there the namespace's label decides, for the same one.
 */
export function probeNamespaces(
  namespaces: readonly KubeObject[],
  revision: Revision,
  istioNamespace: string,
): readonly string[] {
  const usable = namespaces.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined &&
      !IGNORED.has(metadata.name) &&
      metadata.labels?.[INJECTION] === undefined &&
      (metadata.labels?.[REV] ?? revision) === revision,
  );
  const rank = ({ metadata }: KubeObject): number => {
    if (metadata.labels?.[REV] !== undefined) return 3;
    return metadata.name === istioNamespace ? 0 : metadata.name === 'default' ? 1 : 2;
  };
  return usable
    .toSorted((a, b) => rank(a) - rank(b) || a.metadata.name.localeCompare(b.metadata.name))
    .map(({ metadata }) => metadata.name);
}

/** A pod that is never created for good: it runs nothing, wants next to nothing, and is labelled with the revision. */
export function probePod(revision: Revision, namespace: string): PodObject {
  const resources = { cpu: '1m', memory: '1Mi' };
  const container = {
    name: 'probe',
    image: 'registry.k8s.io/pause:3.10',
    resources: { requests: resources, limits: resources },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
  const spec = {
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 65_535, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${OURSELVES}-probe`, namespace, labels: { [REV]: revision } },
    spec,
  };
}

export interface Injected {
  /** Annotation `istio.io/rev`: who really injected. */
  readonly by?: string;
  /** Image of the sidecar, whichever container list holds it. */
  readonly proxyImage?: string;
}
/** What came back: who injected the probe, and with which image. */
export function injectionOf({ metadata, spec }: PodObject): Injected {
  const by = metadata.annotations?.[REV];
  const proxy = [...spec.containers, ...(spec.initContainers ?? [])].find(({ name }) => name === 'istio-proxy');
  return {
    ...(by === undefined ? {} : { by }),
    ...(proxy?.image === undefined ? {} : { proxyImage: proxy.image }),
  };
}
