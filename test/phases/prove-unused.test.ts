// When is a source proved unused? Never while a replica of its istiod keeps silent; the users a snapshot shows have tests of their own.
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, MUTATING, NAMESPACE, POD, type KubeObject, type Kind } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { proveUnused } from '../../src/phases/prove-unused.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawInjector, rawIstiod, rawNamespace, rawPod, rawTag } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';

const NS = 'istio-system';
const replica = (name: string) =>
  rawPod({ namespace: NS, name, injected: null, labels: { app: 'istiod', 'istio.io/rev': '1-31' } });
const on = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });
const mesh = [
  on(NAMESPACE, rawNamespace('kube-system')),
  on(NAMESPACE, rawNamespace(NS)),
  on(MUTATING, rawInjector('1-31')),
  on(MUTATING, rawInjector('1-32')),
  on(MUTATING, rawTag('default', '1-32')),
  on(DEPLOYMENT, rawIstiod('1-31', '1.31.0')),
];
const info = 'pilot_info{version="1.31.0"} 1\n';

/** `metrics`: what a replica answers at that second. */
async function users(
  metrics: (pod: string, seconds: number, cluster: FakeCluster) => string,
  pods = [replica('istiod-a'), replica('istiod-b')],
) {
  const clock = new ManualClock(0, { automatic: true });
  const log = new FakeLog();
  const cluster = new FakeCluster([...mesh, ...pods.map((pod) => on(POD, pod))]);
  cluster.onProxyGet = ({ name }) => metrics(name, clock.now() / 1000, cluster);
  const installer = {
    tool: never,
    render: never,
    pending: never,
    finish: never,
    install: never,
    helmUninstall: never,
    helmManifest: never,
  };
  const world = { cluster, clock, log, installer, signal: new AbortController().signal, intend: never };
  const found = await proveUnused(world, { source: asRevision('1-31'), istioNamespace: NS });
  const reads = cluster.requests.filter(({ verb, kind }) => verb === 'list' && kind === 'Namespace').length;
  return { found, seconds: clock.now() / 1000, lines: log.lines, reads };
}
async function never(): Promise<never> {
  throw new Error('a proof writes nothing');
}

const draining = (name: string) => rawPod({ name, meta: { deletionTimestamp: '2026-10-01T12:00:00Z' } });
const connected = (proxies: number): string => `${info}pilot_xds{version="1.31.0"} ${proxies}\n`;
function unreachable(): never {
  throw new ApiError('no route to host', { status: 503, reason: 'ServiceUnavailable' });
}

describe('a source', () => {
  it('is unused when every replica says that nobody is connected', async () => {
    expect(await users(() => info)).toMatchObject({ found: [], seconds: 0 });
  });

  it('is waited for, up to a minute, while connections close', async () => {
    const closing = await users((pod, seconds) => (seconds < 20 && pod === 'istiod-b' ? connected(2) : info));
    expect(closing).toMatchObject({ found: [], seconds: 20 });
    expect(closing.lines[0]).toContain('Pod istio-system/istiod-b has 2 proxies connected to it');
    const open = await users(() => connected(1));
    expect(open).toMatchObject({
      seconds: 60,
      found: [{ kind: 'in-use', sentence: expect.stringContaining('1 proxy connected') }, expect.anything()],
    });
  });

  it('is used by pods that are still ending where no more proxies are connected than those have', async () => {
    const pods = [replica('istiod-a'), draining('slow-1'), draining('slow-2')];
    expect(await users(() => connected(2), pods)).toMatchObject({
      seconds: 60,
      found: [
        {
          kind: 'draining',
          sentence:
            'Pod istio-system/istiod-a has 2 proxies connected to it; still ending: pod payments/slow-1, pod payments/slow-2',
        },
      ],
    });
  });

  it('is used by somebody else too where more are connected than pods are ending', async () => {
    const { found } = await users(() => connected(1), [replica('istiod-a'), replica('istiod-b'), draining('slow')]);
    expect(found.map(({ kind }) => kind)).toEqual(['in-use', 'in-use']);
    expect(found[0]?.sentence).toContain('1 proxy connected to it; still ending: pod payments/slow');
  });

  it('is not used by a pod that is ending and no longer connected', async () => {
    expect(await users(() => info, [replica('istiod-a'), draining('slow')])).toMatchObject({ found: [], seconds: 0 });
  });

  it('is waited for without the mesh being read again and again: once before, and once for the proof', async () => {
    const closing = await users((_pod, seconds) => (seconds < 20 ? connected(2) : info));
    expect(closing).toMatchObject({ found: [], seconds: 20, reads: 2 });
    expect(await users(() => connected(1))).toMatchObject({ seconds: 60, reads: 2 });
    expect(await users(() => info)).toMatchObject({ reads: 1 });
  });

  it('is in use by whoever has come while connections closed', async () => {
    const { found } = await users((_pod, seconds, cluster) => {
      if (seconds < 5) return connected(1);
      cluster.put(on(POD, rawPod({ injected: '1-31' })));
      return info;
    });
    expect(found).toEqual([{ kind: 'in-use', sentence: expect.stringContaining('Deployment payments/api') }]);
  });

  it('is in use as far as anyone knows while one replica cannot be reached', async () => {
    const { found } = await users((pod) => (pod === 'istiod-b' ? unreachable() : info));
    expect(found).toEqual([
      {
        kind: 'unreachable',
        sentence: 'Pod istio-system/istiod-b cannot be asked how many proxies are connected to it: no route to host',
      },
    ]);
  });

  it('is unused by whoever was connected to a replica that has ended since, which no role may get', async () => {
    const { found } = await users((pod, _seconds, cluster) => {
      if (pod === 'istiod-a') return info;
      cluster.before = ({ verb, kind }) => {
        if (verb === 'get' && kind === 'Pod') throw new ApiError('403 Forbidden', { status: 403, reason: 'Forbidden' });
      };
      cluster.remove({ kind: POD, namespace: NS, name: pod });
      throw new ApiError('pods "istiod-b" not found', { status: 404, reason: 'NotFound' });
    });
    expect(found).toEqual([]);
  });

  it('is in use as far as anyone knows while one replica that is still there answers 404', async () => {
    const { found } = await users((pod) => {
      if (pod === 'istiod-a') return info;
      throw new ApiError('404', { status: 404, reason: 'NotFound' });
    });
    expect(found).toEqual([{ kind: 'unreachable', sentence: expect.stringContaining('istiod-b cannot be asked') }]);
  });

  it('is in use as far as anyone knows while one replica says something else', async () => {
    const { found } = await users((pod) => (pod === 'istiod-a' ? '<html>' : info));
    expect(found).toEqual([{ kind: 'unreachable', sentence: expect.stringContaining('istiod-a does not say') }]);
  });

  it('is not waited for when something else uses it anyway', async () => {
    const { found, seconds } = await users(() => connected(1), [replica('istiod-a'), rawPod({ injected: '1-31' })]);
    expect(seconds).toBe(0);
    expect(found.map(({ sentence }) => sentence).join()).toContain('Deployment payments/api');
  });
});
