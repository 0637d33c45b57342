import { describe, expect, it } from 'vitest';
import type { ObjectMeta, WebhookConfigurationObject } from '../../src/mesh/kinds.ts';
import { pointedInjector, pointedService } from '../../src/mesh/tag-move.ts';
import { rawInjector, rawTag, rawTagService } from '../builders/raw.ts';

it.each(['1-32', 'default'])('a tag that is moved to revision %s selects it as istioctl would', (revision) => {
  expect(pointedService(rawTagService('default', '1-31'), revision)).toEqual(rawTagService('default', revision));
});

type Marks = Readonly<Record<string, string>>;
const INSTANCE = 'app.kubernetes.io/instance';

const injector = (revision: string, labels: Marks, meta: Partial<ObjectMeta> = {}): WebhookConfigurationObject =>
  rawInjector(revision, {
    meta: { labels: { 'istio.io/rev': revision, app: 'sidecar-injector', ...labels }, ...meta },
  });
const tag = (labels: Marks, meta: Partial<ObjectMeta> = {}): WebhookConfigurationObject =>
  rawTag('default', '1-31', {
    meta: { labels: { 'istio.io/tag': 'default', 'istio.io/rev': '1-31', ...labels }, ...meta },
  });
const described = (version: string): Marks => ({
  'app.kubernetes.io/version': version,
  'helm.sh/chart': `istiod-${version}`,
});
const byArgo = { managedFields: [{ manager: 'argocd-controller' }] };

/** What the moved tag's labels are beyond those of every tag. */
function labelsOf({ metadata }: WebhookConfigurationObject): Marks {
  const { 'istio.io/tag': tagged, 'istio.io/rev': revision, ...others } = metadata.labels ?? {};
  expect([tagged, revision]).toEqual(['default', '1-32']);
  return others;
}

describe('a tag that is moved to a revision that somebody keeps', () => {
  it.each<[Marks, string]>([
    [{ [INSTANCE]: 'istiod-1-32' }, 'Argo CD would prune the tag'],
    [{ 'argocd.argoproj.io/instance': 'istiod-1-32' }, 'the same under its other name'],
    [{ 'kustomize.toolkit.fluxcd.io/name': 'mesh' }, 'Flux'],
    [{ 'kapp.k14s.io/app': '17' }, 'kapp deletes what has its label and is not its own'],
    [{ 'applyset.kubernetes.io/part-of': 'applyset-x' }, '`kubectl apply --prune`'],
    [{ 'tools.example/app': 'istiod-1-32' }, 'nobody can know what that means'],
  ])('does not get %j: %s', (marks) => {
    expect(labelsOf(pointedInjector(tag({}), injector('1-32', marks)))).toEqual({});
  });

  it.each<[Marks]>([[{ [INSTANCE]: 'istio' }], [{ 'app.kubernetes.io/managed-by': 'Helm' }], [{ team: 'mesh' }]])(
    'keeps what it had of its own: %j',
    (marks) => {
      const others = { [INSTANCE]: 'istiod-1-32', 'app.kubernetes.io/managed-by': 'fleet' };
      expect(labelsOf(pointedInjector(tag(marks), injector('1-32', others)))).toEqual(marks);
    },
  );

  it('is described anew, as istioctl would', () => {
    const moved = pointedInjector(tag(described('1.31.0')), injector('1-32', described('1.32.0')));
    expect(labelsOf(moved)).toEqual(described('1.32.0'));
  });

  it('gets the annotations that say how to treat a webhook, and none that says whose it is', () => {
    const annotations = {
      'admissions.enforcer/disabled': 'true',
      'meta.helm.sh/release-name': 'istiod-1-32',
      'argocd.argoproj.io/tracking-id': 'mesh:admissionregistration.k8s.io/MutatingWebhookConfiguration:/x',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    const moved = pointedInjector(tag({}), injector('1-32', {}, { annotations }));
    expect(moved.metadata.annotations).toEqual({ 'admissions.enforcer/disabled': 'true' });
  });
});

describe('a label that the tag shares with the revision it leaves', () => {
  const shared = { [INSTANCE]: 'istiod-1-31' };
  it.each<[Marks, string, Partial<ObjectMeta>, Partial<ObjectMeta>]>([
    [
      {},
      'is dropped where Argo CD tracks that revision by it: deleting its Application would delete the tag',
      {},
      byArgo,
    ],
    [shared, 'stays where nobody tracks by it', {}, {}],
    [shared, 'stays where Argo CD wrote it onto the tag itself', byArgo, byArgo],
  ])('%j is left: it %s', (left, _why, onTag, onRevision) => {
    const moved = pointedInjector(tag(shared, onTag), injector('1-32', {}), injector('1-31', shared, onRevision));
    expect(labelsOf(moved)).toEqual(left);
  });

  it('is the only one that is dropped', () => {
    const previous = injector('1-31', { [INSTANCE]: 'istiod-1-31', team: 'mesh' }, byArgo);
    const moved = pointedInjector(tag({ [INSTANCE]: 'tags', team: 'mesh' }), injector('1-32', {}), previous);
    expect(labelsOf(moved)).toEqual({ [INSTANCE]: 'tags', team: 'mesh' });
  });
});
