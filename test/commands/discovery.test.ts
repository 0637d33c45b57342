// Does a command come to pin a namespace that istiod would then not see? From the command down to the cluster in memory.
import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { installFindings, makePlan } from '../../src/commands/make-plan.ts';
import { asRevision } from '../../src/mesh/names.ts';
import {
  CONFIG_MAP,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  type EndpointSliceObject,
  type Kind,
  type KubeObject,
  MUTATING,
  NAMESPACE,
} from '../../src/mesh/kinds.ts';
import { drive } from '../../src/upgrade.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal } from '../builders/plan.ts';
import { rawInjector, rawIstiod, rawNamespace } from '../builders/raw.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const on = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });
const payments = on(NAMESPACE, rawNamespace('payments', { 'istio-injection': 'enabled' }));
const system = on(NAMESPACE, rawNamespace('istio-system', { team: 'mesh' }));
const byInjection = (revision: string) =>
  on(CONFIG_MAP, {
    metadata: { name: `istio-${revision}`, namespace: 'istio-system' },
    data: { mesh: 'discoverySelectors: [{matchLabels: {istio-injection: enabled}}, {matchLabels: {team: mesh}}]' },
  });
const writesOf = (cluster: ReturnType<typeof meshInMemory>) =>
  cluster.requests.filter(({ verb, dryRun }) => !dryRun && !['get', 'list', 'proxy'].includes(verb));

describe('where istiod discovers namespaces by the labels that are written', () => {
  it.each(['start', 'upgrade'] as const)('%s is refused before anything is written', async (command) => {
    const cluster = meshInMemory([payments, system, byInjection('1-31'), byInjection('1-32')]);
    const ending = await carryOn(fakeRun(cluster, command), command);
    expect(ending).toMatchObject({ kind: 'refused' });
    expect(ending.findings.filter(({ severity }) => severity === 'blocks')).toMatchObject([
      { id: 'discovery-follows-labels', subject: 'ConfigMap istio-system/istio-1-31' },
      { id: 'discovery-follows-labels', subject: 'ConfigMap istio-system/istio-1-32' },
    ]);
    expect(writesOf(cluster)).toEqual([]);
  });

  it('a target that is only rendered yet is judged by what is rendered', async () => {
    const run = fakeRun(meshInMemory([payments, system]), 'plan');
    const frozen = frozenConfig({ targetRevision: asRevision('1-40'), install: { kind: 'manifest', path: 'x' } });
    const rendered = [
      on(DEPLOYMENT, rawIstiod('1-40', '1.32.0')),
      on(MUTATING, rawInjector('1-40')),
      byInjection('1-40'),
    ];
    const installer = { ...run.world.installer, render: async () => rendered };
    const asked = { ...run, config: { ...run.config, frozen }, world: { ...run.world, installer } };
    const found = await installFindings(asked, await makePlan(asked));
    expect(found.map(({ id, subject }) => `${id}: ${subject}`)).toContain(
      'discovery-follows-labels: ConfigMap istio-system/istio-1-40',
    );
  });

  it('an upgrade whose target turns out so when it is there stops before the pins', async () => {
    const slice: EndpointSliceObject = {
      metadata: { name: 's', namespace: 'istio-system', labels: { 'kubernetes.io/service-name': 'istiod-1-32' } },
      endpoints: [{ addresses: ['10.0.0.1'] }],
    };
    const istiod = rawIstiod('1-32', '1.32.0');
    const conditions = [{ type: 'Available', status: 'True' }];
    const cluster = meshInMemory([
      payments,
      system,
      byInjection('1-32'),
      on(ENDPOINT_SLICE, slice),
      on(DEPLOYMENT, { ...istiod, status: { ...istiod.status, conditions } }),
    ]);
    cluster.admit = (object) => ({
      ...object,
      metadata: { ...object.metadata, annotations: { 'istio.io/rev': '1-32' } },
      spec: { containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.32.0' }] },
    });
    const { session } = fakeSession(cluster, aJournal());
    const run = {
      session,
      command: 'start',
      settings: { rolloutTimeoutMs: 1, maxRestarting: 1, actor: 'octocat' },
    } as const;
    await expect(drive(run)).rejects.toThrow('ConfigMap istio-system/istio-1-32: its `discoverySelectors` choose by');
    expect(session.journal()).toMatchObject({ install: 'begun', pin: 'pending', written: [] });
  });
});
