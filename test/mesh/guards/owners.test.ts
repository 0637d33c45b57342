import { describe, expect, it } from 'vitest';
import { aControlPlane, aTag } from '../../builders/snapshot.ts';
import type { Owner, RevisionTag } from '../../../src/mesh/snapshot.ts';
import { expectFindings, findingsOf } from './scene.ts';

const gitops = { kind: 'gitops', object: "Argo CD's Application mesh" } as const;
const withValidatorOf = (owner: Owner): RevisionTag =>
  aTag('default', '1-31', { validator: { name: 'istiod-default-validator', owner } });
const sail = { kind: 'sail', object: 'IstioRevision x' } as const;

describe('what the guards say about owners', () => {
  expectFindings([
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { owner: sail }), aControlPlane('1-32')] } },
      ['blocks sail-owned: revision 1-31'],
      'the operator would undo it',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-31', { owner: sail })] } },
      ['blocks sail-owned: tag default'],
      'the operator moves its tags itself',
    ],
    [
      {
        snapshot: {
          tags: [
            aTag('default', '1-31', { owner: { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } }),
          ],
        },
      },
      ['blocks helm-owned-tag: tag default'],
      'the next helm upgrade would move it back',
    ],
    [
      {
        snapshot: {
          controlPlanes: [
            aControlPlane('1-31', { owner: { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } }),
            aControlPlane('1-32'),
          ],
        },
      },
      [],
      'a source that Helm owns is removed with helm',
    ],
    [
      { snapshot: { tags: [aTag('default', '1-31', { owner: gitops })] } },
      ['overridable gitops-owned: tag default'],
      'the controller would move it back, unless it is told to ignore that, which nobody can see here',
    ],
    [
      { snapshot: { tags: [withValidatorOf({ kind: 'helm', release: 'istio-base', namespace: 'istio-system' })] } },
      ['notice helm-owned-validator: ValidatingWebhookConfiguration istiod-default-validator'],
      'the release must learn of it before its next upgrade',
    ],
    [
      { snapshot: { tags: [withValidatorOf(gitops)] } },
      ['overridable gitops-owned: ValidatingWebhookConfiguration istiod-default-validator'],
      'the controller would point it back, unless it is told to ignore that',
    ],
    [
      { snapshot: { tags: [withValidatorOf(sail)] } },
      ['blocks sail-owned: ValidatingWebhookConfiguration istiod-default-validator'],
      'the operator would point it back',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { owner: gitops }), aControlPlane('1-32')] } },
      ['blocks gitops-owned: revision 1-31'],
      'the controller would put it back',
    ],
    [
      {
        snapshot: { controlPlanes: [aControlPlane('1-31', { owner: gitops }), aControlPlane('1-32')] },
        frozen: { removeSource: 'verify' },
      },
      [],
      'whoever declares it removes it',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { owner: gitops })] } },
      [],
      'a target from git is only verified',
    ],
  ]);
});

it('a tag of Helm is made anew with the revision that it points to', () => {
  const owner = { kind: 'helm', release: 'istiod-1-31', namespace: 'istio-system' } as const;
  const [finding] = findingsOf({ snapshot: { tags: [aTag('default', '1-31', { owner })] } });
  expect(finding?.remedy).toContain('`istioctl tag set default --revision 1-31`');
});
