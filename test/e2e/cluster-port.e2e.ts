// Does our client keep the ClusterPort's promises against a real API server, and does the fake we test with keep the same ones?
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../src/adapters/kubernetes/connection.ts';
import { JournalConfigMap } from '../../src/adapters/kubernetes/journal-config-map.ts';
import { KubeCluster } from '../../src/adapters/kubernetes/kube-cluster.ts';
import { loadKubeconfig } from '../../src/adapters/kubernetes/kubeconfig.ts';
import { MeshLease } from '../../src/adapters/kubernetes/lease.ts';
import type { PooledKubeConfig } from '../../src/adapters/kubernetes/pooled-config.ts';
import { apiServerTransport } from '../../src/adapters/kubernetes/service-proxy.ts';
import { connectPrometheus } from '../../src/adapters/prometheus/prometheus.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { CONFIG_MAP, type ConfigMapObject, LEASE, NAMESPACE, SERVICE, SERVICE_ACCOUNT } from '../../src/mesh/kinds.ts';
import type { Change } from '../../src/ports/cluster.ts';
import { asPromQL } from '../../src/slo/promql.ts';
import { aJournal } from '../builders/plan.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { clusterPortContract } from '../contract/cluster-port.ts';

const patience = { timeout: 60_000, interval: 50 };

function configAt(path: string): PooledKubeConfig {
  const loaded = loadKubeconfig({ path, variables: process.env });
  if (loaded.kind === 'problems') throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return loaded.value.config;
}
const connect = (path: string): KubeCluster => new KubeCluster(configAt(path));

describe('on the test cluster', () => {
  let cluster: Cluster;
  let connection: Connection;
  let port: KubeCluster;
  let count = 0;
  const newNamespace = async (): Promise<string> => {
    const name = `contract-${String(count++)}`;
    await port.create(NAMESPACE, { metadata: { name } });
    return name;
  };

  beforeAll(async () => {
    cluster = await startCluster();
    const config = configAt(cluster.kubeconfig);
    connection = new Connection(config);
    port = new KubeCluster(config, connection);
  });
  afterAll(async () => {
    port.close();
    await cluster.stop();
  });

  clusterPortContract('KubeCluster', async () => ({ port, namespace: await newNamespace() }));

  it('reads lists of several pages whole', async () => {
    const namespace = await newNamespace();
    const names = Array.from({ length: 1_203 }, (_, index) => `many-${String(index)}`);
    await Promise.all(names.map(async (name) => port.create(CONFIG_MAP, { metadata: { name, namespace } })));
    const listed = await port.list(CONFIG_MAP, { namespace });
    const found = new Set(listed.map(({ metadata }) => metadata.name));
    expect(names.filter((name) => !found.has(name))).toEqual([]);
  });

  it('loses nothing over a restart of the API server', async () => {
    const namespace = await newNamespace();
    const stop = new AbortController();
    const seen: Change<ConfigMapObject>[] = [];
    const following = (async () => {
      for await (const change of port.follow(CONFIG_MAP, { namespace, labelSelector: 'mine' }, stop.signal))
        seen.push(change);
    })();
    const create = async (name: string): Promise<void> => {
      await port.create(CONFIG_MAP, { metadata: { name, namespace, labels: { mine: '' } } });
    };
    await create('before');
    await cluster.processes.stop('apiserver');
    const reading = port.get(NAMESPACE, namespace); // begun while nobody answers
    await cluster.processes.start('apiserver');
    expect((await reading)?.metadata.name).toBe(namespace);
    await create('after');
    const names = (): readonly string[] =>
      seen
        .flatMap((change) => (change.kind === 'sync' ? change.items : [change.object]))
        .map(({ metadata }) => metadata.name);
    await expect.poll(names, patience).toEqual(expect.arrayContaining(['before', 'after']));
    stop.abort();
    await following;
  });

  it('works with a service account, its token in a file, and from a plugin', async () => {
    const namespace = await newNamespace();
    await port.create(SERVICE_ACCOUNT, { metadata: { name: 'nobody', namespace } });
    const path = await cluster.kubeconfigFor(namespace, 'nobody');
    const user = `system:serviceaccount:${namespace}:nobody`;
    const nobody = connect(path);
    expect(await nobody.identity()).toMatchObject({ user, server: cluster.server });
    expect(await nobody.mayI({ verb: 'list', group: '', resource: 'secrets' })).toBe(false);
    await expect(nobody.list(CONFIG_MAP, { namespace })).rejects.toMatchObject({
      status: 403,
      message: expect.stringMatching(new RegExp(`^list configmaps in ${namespace}: 403 Forbidden: .*cannot list`, 'u')),
    });
    const config: { users: { user: { token?: string } }[] } = JSON.parse(
      (await promisify(execFile)('cat', [path])).stdout,
    );
    const token = config.users[0]?.user.token ?? '';
    const tokenFile = join(cluster.runDir, 'token');
    writeFileSync(tokenFile, `${token}\n`);
    const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'sh',
      args: ['-c', 'printf "$ANSWER"'],
      env: [{ name: 'ANSWER', value: JSON.stringify(credential) }],
    };
    for (const [index, credentials] of [{ tokenFile: 'token' }, { exec }].entries()) {
      const other = join(cluster.runDir, `other-${String(index)}.kubeconfig`);
      writeFileSync(other, JSON.stringify({ ...config, users: [{ name: 'user', user: credentials }] }));
      expect(await connect(other).identity()).toMatchObject({ user });
    }
  });

  it('carries questions to Prometheus through the API server', async () => {
    const namespace = await newNamespace();
    const labels = { app: 'prometheus' };
    await cluster.kubectl(['-n', namespace, 'create', 'deployment', 'prometheus', '--image=prometheus']);
    const ports = [{ port: 80, targetPort: 9090 }];
    await port.create(SERVICE, { metadata: { name: 'prometheus', namespace }, spec: { selector: labels, ports } });
    const access = { url: `kubernetes://${namespace}/prometheus:80`, headers: {}, params: {} };
    const prometheus = await connectPrometheus({
      access,
      clock: systemClock,
      apiServer: apiServerTransport(connection),
    });
    const ask = async (): Promise<unknown> => prometheus.query(asPromQL('vector(42)'), Date.now());
    await expect.poll(ask, patience).toMatchObject({ kind: 'vector', samples: [{ value: 42 }] });
    expect(await prometheus.query(asPromQL('sum('), Date.now())).toMatchObject({
      kind: 'misconfigured',
      cause: 'query',
    });
  });

  it('keeps the journal, and refuses the slower of two writers', async () => {
    const namespace = await newNamespace();
    const [mine, theirs] = [
      new JournalConfigMap(port, namespace, String),
      new JournalConfigMap(port, namespace, String),
    ];
    expect(await mine.load()).toEqual({ kind: 'absent' });
    await theirs.load();
    await mine.save(aJournal());
    await expect(theirs.save(aJournal())).rejects.toThrow('changed by someone else');
    expect(await theirs.load()).toEqual({ kind: 'found', journal: aJournal() });
    await theirs.save(aJournal({ state: 'completed' }));
    await expect(mine.save(aJournal())).rejects.toThrow('changed by someone else');
  });

  it('gives the lease to one of many, and hands it on', async () => {
    const namespace = await newNamespace();
    const leases = ['a', 'b', 'c'].map((holder) => new MeshLease(port, systemClock, { namespace, holder }));
    const answers = await Promise.all(leases.map(async (lease) => lease.acquire({ waitMs: 0, preempt: false })));
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['held', 'taken', 'taken']);
    const winner = leases[answers.findIndex(({ kind }) => kind === 'held')];
    expect((await leases[0]?.holder())?.holder).toMatch(/^[abc]$/u);
    const waiting = leases.find((lease) => lease !== winner)?.acquire({ waitMs: 20_000, preempt: false });
    await pause(100);
    await winner?.release();
    expect(await waiting).toMatchObject({ kind: 'held', fence: 2 });
    expect((await port.get(LEASE, 'istio-canary-upgrade', namespace))?.spec?.leaseTransitions).toBe(2);
    await Promise.all(leases.map(async (lease) => lease.release()));
  });
});
