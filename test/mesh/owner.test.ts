import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../src/mesh/kinds.ts';
import { ownerOf } from '../../src/mesh/owner.ts';

const RELEASE = 'meta.helm.sh/release-name';
const helm = { [RELEASE]: 'istiod-1-31', 'meta.helm.sh/release-namespace': 'istio-system' };
const release = { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } as const;
const by = (...managers: string[]): Pick<ObjectMeta, 'managedFields'> => ({
  managedFields: managers.map((manager) => ({ manager })),
});

/** An entry of managedFields that holds these labels, or annotations. */
const holding = (manager: string, where: 'labels' | 'annotations', ...keys: string[]): ManagedField => ({
  manager,
  fieldsV1: { 'f:metadata': { [`f:${where}`]: Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) } },
});
type ManagedField = NonNullable<ObjectMeta['managedFields']>[number];
const instance = 'app.kubernetes.io/instance';

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
    ...['fleetagent', 'pulumi-resource-kubernetes', 'terraform-provider-helm_v2.17.0', 'my-operator'].map(
      (program) =>
        [
          {
            annotations: helm,
            managedFields: [holding(program, 'annotations', RELEASE), { manager: 'pilot-discovery' }],
          },
          release,
          `helm inside ${program} writes under its name`,
        ] as const,
    ),
    [
      { annotations: helm, managedFields: [holding('istio-ci', 'annotations', RELEASE), { manager: 'my-operator' }] },
      { kind: 'istioctl' },
      'the mark of such a release, copied by istioctl onto a tag that the operator touched elsewhere',
    ],
    [
      { annotations: helm, managedFields: [holding('kubectl-annotate', 'annotations', RELEASE), { manager: 'helm' }] },
      release,
      'marked by hand, so that a release could adopt it, which it has',
    ],
    [
      { annotations: helm, ...by('istio-canary-upgrade', 'pilot-discovery') },
      { kind: 'unknown' },
      'neither of the two installs releases',
    ],
    ...['argocd-controller', 'argocd-application-controller'].map(
      (manager) =>
        [
          { labels: { [instance]: 'mesh' }, managedFields: [holding(manager, 'labels', instance)] },
          { kind: 'gitops', object: "Argo CD's Application mesh" },
          'Argo CD tracks by label',
        ] as const,
    ),
    [
      {
        labels: { [instance]: 'istiod', 'argocd.argoproj.io/instance': 'mesh' },
        ...by('argocd-controller', 'pilot-discovery'),
      },
      { kind: 'gitops', object: "Argo CD's Application mesh" },
      'Argo CD tracks by a label of its own, as it may be told to',
    ],
    [
      { labels: { [instance]: 'mesh' }, managedFields: [holding('istio-ci', 'labels', instance)] },
      { kind: 'istioctl' },
      '`istioctl tag set` copies that label too, and Argo CD never wrote it',
    ],
    [
      {
        labels: { [instance]: 'istio' },
        managedFields: [
          holding('argocd-controller', 'labels', 'istio.io/tag'),
          holding('istio-ci', 'labels', instance),
        ],
      },
      { kind: 'istioctl' },
      'istioctl has taken it over since',
    ],
    [by('argocd-controller'), { kind: 'unknown' }, 'taken out of git without deleting it, and its label taken away'],
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
