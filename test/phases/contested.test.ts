import { describe, expect, it } from 'vitest';
import { unlessContested } from '../../src/phases/contested.ts';
import type { Written } from '../../src/plan/journal.ts';
import { needsOf } from '../../src/plan/needs.ts';
import { rawNamespace, rawWorkload } from '../builders/raw.ts';
import { aJournal, aVerdict } from '../builders/plan.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const wrong = aVerdict({ kind: 'FAIL', reasonCode: 'wrong-revision', reason: 'pod payments/api-1 is on 1-31' });
const argo = { manager: 'argocd-controller', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:istio.io/rev': {} } } } };
const written: readonly Written[] = [
  {
    kind: 'labels',
    object: { kind: 'Namespace', name: 'payments' },
    where: 'metadata',
    labels: { 'istio.io/rev': { from: '1-31', to: '1-32' } },
  },
  {
    kind: 'labels',
    object: { kind: 'Deployment', namespace: 'plain', name: 'api' },
    where: 'template',
    labels: { 'istio.io/rev': { from: null, to: '1-32' } },
  },
];
const ours = { 'istio.io/rev': '1-32' };

const cluster = (
  namespace: Readonly<Record<string, string>> = ours,
  template: Readonly<Record<string, string>> = ours,
): FakeCluster =>
  meshInMemory([
    { ...rawNamespace('payments', namespace, { managedFields: [argo] }), apiVersion: 'v1', kind: 'Namespace' },
    { ...rawWorkload({ namespace: 'plain', templateLabels: template }), apiVersion: 'apps/v1', kind: 'Deployment' },
  ]);

function judged(
  verdict: typeof wrong,
  { namespace = ours, template = ours }: { namespace?: Record<string, string>; template?: Record<string, string> } = {},
  names = ['payments', 'plain'],
) {
  return unlessContested(fakeSession(cluster(namespace, template), aJournal({ written })).session, names, verdict);
}

describe('labels that somebody puts back', () => {
  it('make a HOLD of pods on the wrong revision, and name who and what to do', async () => {
    const verdict = await judged(wrong, { namespace: { 'istio.io/rev': '1-31' } });
    expect(verdict).toMatchObject({ kind: 'HOLD', reasonCode: 'contested' });
    expect(verdict.reason).toMatch(
      /^Namespace payments: istio\.io\/rev is 1-31 again.*argocd-controller wrote it.*declared/,
    );
  });
  it('are found on pod templates too', async () => {
    const verdict = await judged(wrong, { template: {} });
    expect(verdict.reason).toContain('Deployment plain/api: istio.io/rev of its pod template is absent again');
  });
  it('keep a batch from passing, for its pods would not stay', async () => {
    const pass = aVerdict();
    expect(await judged(pass, { template: {} })).toMatchObject({ kind: 'HOLD', reasonCode: 'contested' });
    expect(await judged(pass)).toBe(pass);
  });
  it('excuse no failing requests, and nothing where our labels stand', async () => {
    const errors = aVerdict({ kind: 'FAIL', reasonCode: 'error-rate' });
    expect(await judged(errors, { template: {} })).toBe(errors);
    expect(await judged(wrong)).toBe(wrong);
  });
  it('are none of another batch', async () => {
    expect(await judged(wrong, { template: {} }, ['payments'])).toBe(wrong);
  });
  it('are looked for with what the documented role of promote allows', async () => {
    const asked = cluster();
    await unlessContested(fakeSession(asked, aJournal({ written })).session, ['payments', 'plain'], aVerdict());
    const allowed = needsOf('promote', { istioNamespace: 'istio-system', removeSource: 'auto' }).flatMap(
      ({ verbs, resource }) => verbs.map((verb) => `${verb} ${resource}`),
    );
    const requests = asked.requests.map(({ verb, kind }) => `${verb} ${kind.toLowerCase()}s`);
    expect(requests).toEqual(['list mutatingwebhookconfigurations', 'get namespaces', 'get deployments']);
    expect(allowed).toEqual(expect.arrayContaining(requests));
  });
});
