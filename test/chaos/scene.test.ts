import { expect, it } from 'vitest';
import { differences, type Scene } from './scene.ts';

const EMPTY: Scene = {
  namespaces: {},
  mutatingWebhooks: {},
  validatingWebhooks: {},
  services: {},
  templateLabels: {},
  gateways: {},
  injected: {},
  controlPlanes: {},
  workloads: {},
};
const withDeployment = (deployment: object): Scene => ({
  ...EMPTY,
  controlPlanes: { 'Deployment istiod': deployment },
});

it('a control plane that came back with another content is seen, down to the field', () => {
  const wanted = withDeployment({ spec: { replicas: 1, containers: [{ image: 'pilot:1.31' }, { image: 'b' }] } });
  const now = withDeployment({ spec: { replicas: 1, containers: [{ image: 'pilot:1.32' }, { image: 'b' }] } });
  expect(differences(now, wanted)).toEqual([
    'controlPlanes: Deployment istiod: spec: containers: 0: image is "pilot:1.32", not "pilot:1.31"',
  ]);
});

it('what is there no more, and what was not there, is told as absent', () => {
  const plane = withDeployment({});
  expect(differences(EMPTY, plane)).toEqual(['controlPlanes: Deployment istiod is absent, not {}']);
  expect(differences(plane, EMPTY)).toEqual(['controlPlanes: Deployment istiod is {}, not absent']);
});

const long = (end: string): Scene => withDeployment({ data: `${'x'.repeat(5_000)}${end}` });
it('of a long text only the part is told that differs', () => {
  const [sentence = ''] = differences(long('old'), long('new'));
  expect(sentence).toMatch(/xold"….*xnew"…$/u);
  expect(sentence.length).toBeLessThan(500);
});
