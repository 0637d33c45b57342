// A rollback finds workloads whose template still names the target, and which no restart rolls: do their later pods come back on the source?
import { describe, expect, it } from 'vitest';
import {
  DAEMON_SET,
  DEPLOYMENT,
  type Kind,
  type KubeObject,
  NAMESPACE,
  POD,
  STATEFUL_SET,
  type WorkloadObject,
} from '../../src/mesh/kinds.ts';
import type { WorkloadKind } from '../../src/mesh/snapshot.ts';
import { rollBack } from '../../src/phases/roll-back.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { aJournal, aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { rawNamespace, rawPod, rawWorkload } from '../builders/raw.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

const AT = '2026-11-20T12:00:00.000Z';
const settings = { rolloutTimeoutMs: 60_000, maxRestarting: 20, actor: 'octocat' };
const KINDS: Readonly<Record<WorkloadKind, Kind<WorkloadObject>>> = {
  Deployment: DEPLOYMENT,
  StatefulSet: STATEFUL_SET,
  DaemonSet: DAEMON_SET,
};
const on = ({ apiVersion, kind }: Kind<KubeObject>, object: KubeObject): KubeObject => ({
  ...object,
  apiVersion,
  kind,
});

/** One workload that a batch has moved by its template's label, and that does not roll any more. */
async function goBack(
  kind: WorkloadKind,
  spec: Partial<WorkloadObject['spec']>,
  scope: 'all' | 'batch' = 'all',
  before: FakeCluster['before'] = () => undefined,
) {
  const templateLabels = { 'istio.io/rev': '1-32' };
  const cluster = meshInMemory([
    on(NAMESPACE, rawNamespace('payments')),
    on(KINDS[kind], rawWorkload({ kind, replicas: 1, templateLabels, spec })),
    on(POD, rawPod({ injected: '1-32', owner: { kind, name: 'api' } })),
  ]);
  cluster.before = before;
  const namespaces = [aPlannedNamespace('payments', { move: 'by-template' })];
  const journal = aJournal({
    plan: aPlan([[]], { batches: [{ number: 1, namespaces }] }),
    state: 'rolling-back',
    decision: { scope, reason: 'it failed', by: 'octocat', at: AT, ...(scope === 'batch' ? { batch: 1 } : {}) },
    batches: [{ number: 1, status: 'failed', restartedAt: AT }],
    written: [
      {
        kind: 'labels',
        object: { kind, namespace: 'payments', name: 'api' },
        where: 'template',
        labels: { 'istio.io/rev': { from: '1-31', to: '1-32' } },
      },
    ],
  });
  const { session, log } = fakeSession(cluster, journal);
  const { outcome, namespaces: wentBack } = await rollBack(session, settings);
  const template = cluster.peek(KINDS[kind], 'api', 'payments')?.spec.template.metadata;
  return { outcome, wentBack, template, lines: log.lines, journal: session.journal() };
}
const paused = { paused: true };
const onDelete = { updateStrategy: { type: 'OnDelete' } };

describe('on the way back', () => {
  it.each<[string, WorkloadKind, Partial<WorkloadObject['spec']>]>([
    ['a paused Deployment', 'Deployment', paused],
    ['a StatefulSet with OnDelete', 'StatefulSet', onDelete],
    ['a DaemonSet with OnDelete', 'DaemonSet', onDelete],
  ])('%s gets its label back, is not restarted, and is named', async (_, kind, spec) => {
    const { outcome, wentBack, template, lines, journal } = await goBack(kind, spec);
    expect(outcome).toEqual({ kind: 'done', workloads: 0, pods: 0 });
    expect(wentBack).toEqual([]);
    expect(template?.labels).toMatchObject({ 'istio.io/rev': '1-31' });
    expect(template?.annotations).toEqual({});
    expect(lines).toContain(`${kind} payments/api: pod template istio.io/rev: 1-32 → 1-31, read back`);
    expect(journal.leftOver?.map(({ text }) => text)).toEqual([expect.stringContaining(`${kind} payments/api: `)]);
  });

  it('a batch alone has it journalled before', async () => {
    const { template, journal } = await goBack('Deployment', paused, 'batch');
    expect(template?.labels).toMatchObject({ 'istio.io/rev': '1-31' });
    expect(journal.written.at(-1)).toMatchObject({
      where: 'template',
      labels: { 'istio.io/rev': { from: '1-32', to: '1-31' } },
    });
  });

  it('a StatefulSet with a partition keeps it, for writing it would restart pods; it is named', async () => {
    const { template, journal } = await goBack('StatefulSet', {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    });
    expect(template?.labels).toMatchObject({ 'istio.io/rev': '1-32' });
    expect(journal.leftOver?.map(({ text }) => text).join()).toContain('its pod template has istio.io/rev=1-32 still');
  });

  it('one that is denied is named, and keeps nothing else from going back', async () => {
    const { outcome, journal } = await goBack('Deployment', paused, 'all', ({ verb, kind }) => {
      if (verb === 'patch' && kind === 'Deployment')
        throw new ApiError('403 Forbidden: by policy', { status: 403, reason: 'Forbidden' });
    });
    expect(outcome.kind).toBe('done');
    expect(journal.leftOver?.map(({ text }) => text).join()).toContain(
      'istio.io/rev=1-31 in its pod template is refused',
    );
  });
});
