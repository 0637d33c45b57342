import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../src/mesh/kinds.ts';
import { ownerOf } from '../../src/mesh/owner.ts';

const helm = { 'meta.helm.sh/release-name': 'istiod-1-31', 'meta.helm.sh/release-namespace': 'istio-system' };
const release = { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } as const;
const by = (...managers: string[]): Pick<ObjectMeta, 'managedFields'> => ({
  managedFields: managers.map((manager) => ({ manager })),
});

describe('ownerOf', () => {
  const rows: readonly (readonly [Omit<ObjectMeta, 'name'>, unknown, string])[] = [
    [{ annotations: helm, ...by('helm', 'pilot-discovery') }, release, 'in a release, patched by istiod'],
    [{ annotations: helm, ...by('helm-controller') }, release, 'Flux installs releases too'],
    [{ annotations: helm, ...by('helm', 'istio-ci') }, release, 'a tag of a release that istioctl has moved'],
    [{ annotations: helm }, release, 'no managed fields to contradict it'],
    [{ annotations: helm, ...by('istio-ci') }, { kind: 'istioctl' }, '`istioctl tag set` copies the annotations'],
    [{ annotations: helm, ...by('kubectl') }, { kind: 'unknown' }, 'copied by hand'],
    [{ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }, { kind: 'unknown' }, 'in every chart istioctl renders'],
    [{ labels: { 'operator.istio.io/managed': 'Reconcile' } }, { kind: 'istioctl' }, '`istioctl install`'],
    [{ labels: { 'operator.istio.io/component': 'Pilot' } }, { kind: 'unknown' }, 'in Helm renders as well'],
    [by('istio-operator'), { kind: 'istioctl' }, "istioctl's field manager"],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'mesh:admissionregistration.k8s.io/X:istio-system/x' } },
      { kind: 'gitops', object: "Argo CD's Application mesh" },
      'Argo CD tracks this very object',
    ],
    [
      { annotations: { 'argocd.argoproj.io/tracking-id': 'mesh:admissionregistration.k8s.io/X:istio-system/other' } },
      { kind: 'unknown' },
      'copied from another object, which is the one that Argo CD tracks',
    ],
    [
      {
        labels: { 'kustomize.toolkit.fluxcd.io/name': 'mesh', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
        ...by('kustomize-controller', 'pilot-discovery'),
      },
      { kind: 'gitops', object: "Flux' Kustomization flux-system/mesh" },
      'Flux applied it',
    ],
    [
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'mesh' }, ...by('istio-ci') },
      { kind: 'istioctl' },
      'labels copied, but Flux never wrote it',
    ],
    [
      {
        annotations: helm,
        labels: { 'helm.toolkit.fluxcd.io/name': 'istiod', 'helm.toolkit.fluxcd.io/namespace': 'istio-system' },
        ...by('helm-controller'),
      },
      { kind: 'gitops', object: "Flux' HelmRelease istio-system/istiod" },
      'a release that Flux would install again',
    ],
    [{}, { kind: 'unknown' }, 'nothing proves an owner'],
    [
      {
        annotations: helm,
        ownerReferences: [
          { apiVersion: 'sailoperator.io/v1', kind: 'IstioRevision', name: 'default-v1-31-0', uid: 'u' },
        ],
        ...by('helm'),
      },
      { kind: 'sail', object: 'IstioRevision default-v1-31-0' },
      'Sail installs with Helm inside',
    ],
  ];
  it.each(rows)('%j belongs to %j: %s', (metadata, owner) => {
    expect(ownerOf({ name: 'x', ...metadata })).toEqual(owner);
  });
});
