import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { API_GATEWAY, CONFIG_MAP, CRD, DEPLOYMENT, NAMESPACE, POD } from '../../../src/mesh/kinds.ts';
import type { ClusterPort } from '../../../src/ports/cluster.ts';
import { revisionKindOf } from '../../../src/mesh/revision-kinds.ts';
import { KubeCluster } from '../../../src/adapters/kubernetes/kube-cluster.ts';
import { ApiError, LostLease } from '../../../src/shared/errors.ts';
import { configFor, hang, html, json, refusal, type Reply, reset, scripted } from './scripted-server.ts';

const ref = { name: 'api', namespace: 'payments' };
const deployment = { metadata: { ...ref, resourceVersion: '7' }, spec: { template: { spec: { containers: [] } } } };
const get = async (cluster: ClusterPort): Promise<unknown> => cluster.get(DEPLOYMENT, 'api', 'payments');
const patch = async (cluster: ClusterPort): Promise<unknown> =>
  cluster.patch(DEPLOYMENT, ref, { spec: { paused: true } });
type Write = readonly [string, (cluster: ClusterPort) => Promise<unknown>];
const creation: Write = ['create', async (cluster) => cluster.create(DEPLOYMENT, deployment)];
/** Twice is once. */
const changes: readonly Write[] = [
  ['patch', patch],
  ['update', async (cluster) => cluster.replace(DEPLOYMENT, deployment)],
  ['delete', async (cluster) => cluster.delete({ kind: DEPLOYMENT, ...ref })],
  ['dry-run create', async (cluster) => cluster.create(DEPLOYMENT, deployment, { dryRun: true })],
];
const writes: readonly Write[] = [creation, ...changes];
const failureOf = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.then(String, (reason: unknown) => reason);
  if (!(error instanceof ApiError)) throw new Error(`no ApiError, but ${String(error)}`);
  return error;
};
const ok = json(deployment);
const plain: Reply = (response) =>
  response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');

describe('a call that the API server asks to repeat', () => {
  it.each(writes)('is repeated after the time it names, also a %s', async (_verb, write) => {
    await using server = await scripted([refusal(429, 'TooManyRequests', { 'retry-after': '7' }), ok]);
    await write(server.cluster);
    expect(server.seen).toHaveLength(2);
    expect(server.clock.now()).toBeGreaterThanOrEqual(7_000);
  });
  it('waits no longer than half a minute for it', async () => {
    await using server = await scripted([refusal(429, 'TooManyRequests', { 'retry-after': '3600' }), ok]);
    await patch(server.cluster);
    expect(server.clock.now()).toBe(30_000);
  });
  it('is a refusal without such a time, when it creates', async () => {
    await using server = await scripted([refusal(429, 'TooManyRequests'), ok]);
    expect(await failureOf(creation[1](server.cluster))).toMatchObject({ status: 429 });
  });
  it('is given up in the end', async () => {
    await using server = await scripted([refusal(429, 'TooManyRequests', { 'retry-after': '1' })]);
    expect(await failureOf(get(server.cluster))).toMatchObject({ status: 429, reason: 'TooManyRequests' });
    expect(server.seen).toHaveLength(8);
  });
});

describe('an API server that stumbles', () => {
  it.each<[string, Reply]>([
    ['500', refusal(500, 'InternalError')],
    ['503 of a load balancer', html(503)],
    ['a reset connection', reset],
  ])('is asked again after %s', async (_what, stumble) => {
    await using server = await scripted([stumble, stumble, ok]);
    expect(await get(server.cluster)).toEqual(deployment);
    expect(server.clock.now()).toBeGreaterThan(0);
  });
  it.each(changes)('is asked to %s again: twice is once', async (_verb, write) => {
    await using server = await scripted([refusal(500, 'InternalError'), reset, ok]);
    await write(server.cluster);
    expect(server.seen).toHaveLength(3);
  });
  it('is not asked to create again after a 500: it may have been done', async () => {
    await using server = await scripted([refusal(500, 'InternalError'), ok]);
    const error = await failureOf(creation[1](server.cluster));
    expect(error.message).toBe('create Deployment payments/api: 500 InternalError: said InternalError');
    expect(server.seen).toHaveLength(1);
  });
  it('is not asked to create again after a reset', async () => {
    await using server = await scripted([reset, ok]);
    const error = await failureOf(creation[1](server.cluster));
    expect(error).toMatchObject({ status: 0, reason: expect.stringMatching(/ECONNRESET|UND_ERR_SOCKET/u) });
    expect(error.message).toMatch(/^create Deployment payments\/api: no answer/u);
    expect(server.seen).toHaveLength(1);
  });
  it('is asked again for a review, which changes nothing although it is a POST', async () => {
    await using server = await scripted([refusal(500, 'InternalError'), json({ status: { allowed: true } })]);
    expect(await server.cluster.mayI({ verb: 'get', group: '', resource: 'pods' })).toBe(true);
  });
  it('may be away altogether: then nothing was sent, and every call is repeated', async () => {
    const server = await scripted([ok]);
    await server[Symbol.asyncDispose]();
    expect(await failureOf(patch(server.cluster))).toMatchObject({ status: 0, reason: 'ECONNREFUSED' });
    expect(server.clock.now()).toBeGreaterThan(10_000);
  });
});

const lost = (): never => {
  throw new LostLease('lost');
};

describe('a run that may not write any more', () => {
  it.each(writes.filter(([verb]) => verb !== 'dry-run create'))('sends no %s', async (_verb, write) => {
    await using server = await scripted([ok]);
    await expect(write(new KubeCluster(configFor(server.url), server.connection, lost))).rejects.toThrow(LostLease);
    expect(server.seen).toEqual([]);
  });
  it('does not repeat one either', async () => {
    await using server = await scripted([reset, ok]);
    const mayWrite = (): void => (server.seen.length > 0 ? lost() : undefined);
    const cluster = new KubeCluster(configFor(server.url), server.connection, mayWrite);
    await expect(patch(cluster)).rejects.toThrow(LostLease);
    expect(server.seen).toHaveLength(1);
  });
  it('reads, and tries dry runs', async () => {
    await using server = await scripted([ok]);
    const cluster = new KubeCluster(configFor(server.url), server.connection, lost);
    await get(cluster);
    await cluster.create(DEPLOYMENT, deployment, { dryRun: true });
    expect(server.seen).toHaveLength(2);
  });
});

describe('an API server that hangs', () => {
  it.each<[string, Reply]>([
    ['before it answers', hang],
    ['in the middle of its answer', (response) => response.writeHead(200).write('{"metadata"')],
  ])('%s is waited for until the deadline', async (_when, reply) => {
    await using server = await scripted([reply], { deadlineMs: 1_000 });
    const error = await failureOf(creation[1](server.cluster));
    expect(error).toMatchObject({ status: 0, reason: 'Timeout' });
    expect(error.message).toBe('create Deployment payments/api: no answer within 1 s');
    expect(server.seen).toHaveLength(1);
  });
  it('is waited for as long as the caller has patience for a pod that does not answer', async () => {
    await using server = await scripted([hang]);
    const pod = { namespace: 'istio-system', name: 'istiod-1', port: 15_014 };
    const error = await failureOf(server.cluster.proxyGet(pod, '/metrics', { attempts: 2, deadlineMs: 60 }));
    expect(error.message).toBe('get /metrics of Pod istio-system/istiod-1:15014: no answer within 0.06 s');
    expect(server.seen).toHaveLength(2);
  });
  it('is asked again for what changes nothing', async () => {
    await using server = await scripted([hang, ok], { deadlineMs: 60 });
    expect(await get(server.cluster)).toEqual(deployment);
  });
});

describe('an answer that is not Kubernetes', () => {
  it('is told without being quoted', async () => {
    await using server = await scripted([html(502)]);
    const error = await failureOf(patch(server.cluster));
    expect(error.message).toBe("patch Deployment payments/api: 502: the answer is not Kubernetes' (text/html)");
  });
  it('does not pass for an object', async () => {
    await using server = await scripted([html(200)]);
    const error = await failureOf(get(server.cluster));
    expect(error.message).toMatch(/200, but the answer is not JSON \(text\/html\); is this the API server\?$/u);
    expect(inspect(error)).not.toContain('log in');
  });
  it.each<[string, (cluster: ClusterPort) => Promise<unknown>]>([
    ['get', get],
    ['list', async (cluster) => cluster.list(POD)],
    ['delete', async (cluster) => cluster.delete({ kind: DEPLOYMENT, ...ref })],
  ])('does not pass for "there is none" when it is a 404 to a %s', async (_verb, call) => {
    await using server = await scripted([html(404)]);
    expect(await failureOf(call(server.cluster))).toMatchObject({ status: 0, reason: 'NotKubernetes' });
  });
  it.each<[string, (cluster: ClusterPort) => Promise<unknown>]>([
    ['get', get],
    ['list', async (cluster) => cluster.list(POD)],
    ['delete', async (cluster) => cluster.delete({ kind: DEPLOYMENT, ...ref })],
    ['patch', patch],
  ])(
    "does not pass for it either in the words of Go's web servers, to a %s of what is always served",
    async (_, call) => {
      await using server = await scripted([plain]);
      expect(await failureOf(call(server.cluster))).toMatchObject({
        status: 0,
        reason: 'NotKubernetes',
        message: expect.stringMatching(/: 404, but not from Kubernetes \(text\/plain\); is this the API server\?$/u),
      });
    },
  );
  it('is asked for again: a proxy may have lost the API server for a moment', async () => {
    await using server = await scripted([plain, html(404), ok]);
    expect(await get(server.cluster)).toEqual(deployment);
    expect(server.clock.now()).toBeGreaterThan(0);
  });
  it('is none for kinds that come with a CRD, where the server does not know them', async () => {
    await using server = await scripted([plain]);
    expect(await server.cluster.get(API_GATEWAY, 'api', 'payments')).toBeUndefined();
    expect(await server.cluster.list(API_GATEWAY)).toEqual([]);
    await server.cluster.delete({ kind: API_GATEWAY, ...ref });
    expect(server.seen).toHaveLength(3);
  });
  it('is none for a kind that is younger than its group', async () => {
    const policy = revisionKindOf({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: 'x' },
    });
    await using server = await scripted([plain]);
    expect(policy === undefined ? undefined : await server.cluster.list(policy)).toEqual([]);
  });
});

describe('an error', () => {
  it.each<[string, Reply]>([
    ['a refusal', refusal(403, 'Forbidden')],
    ['a broken connection', reset],
    ['a login page', html(401)],
    ['no JSON', html(200)],
  ])('holds no credentials, however it is printed: %s', async (_what, reply) => {
    await using server = await scripted([reply]);
    const error = await failureOf(patch(server.cluster));
    expect(server.seen[0]?.headers.authorization).toBe('Bearer s3cret');
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('s3cret');
  });
});

const DISCOVERED: Readonly<Record<string, object>> = {
  '/apis': {
    groups: [
      {
        name: 'networking.istio.io',
        versions: [{ groupVersion: 'networking.istio.io/v1' }, { groupVersion: 'networking.istio.io/v1alpha3' }],
      },
      { name: 'pkg.crossplane.io', versions: [{ groupVersion: 'pkg.crossplane.io/v1' }] },
    ],
  },
  '/apis/networking.istio.io/v1': {
    resources: [
      { name: 'sidecars', kind: 'Sidecar', namespaced: true },
      { name: 'sidecars/status', kind: 'Sidecar', namespaced: true },
    ],
  },
  '/apis/networking.istio.io/v1alpha3': {
    resources: [
      { name: 'sidecars', kind: 'Sidecar', namespaced: true },
      { name: 'envoyfilters', kind: 'EnvoyFilter', namespaced: true },
    ],
  },
};
const discovery: Reply = (response, seen) => json(DISCOVERED[seen.path])(response, seen);
const onlyGroups: Reply = (response, seen) =>
  seen.path === '/apis' ? discovery(response, seen) : plain(response, seen);

describe('what is sent', () => {
  const cases: readonly [string, (cluster: ClusterPort) => Promise<unknown>, object][] = [
    [
      'a patch',
      patch,
      {
        method: 'PATCH',
        path: '/apis/apps/v1/namespaces/payments/deployments/api',
        query: { fieldManager: 'istio-canary-upgrade' },
        headers: expect.objectContaining({ 'content-type': 'application/merge-patch+json' }),
      },
    ],
    [
      'a dry run',
      async (cluster) => cluster.create(NAMESPACE, { metadata: { name: 'a' } }, { dryRun: true }),
      {
        method: 'POST',
        path: '/api/v1/namespaces',
        query: { fieldManager: 'istio-canary-upgrade', dryRun: 'All' },
        body: '{"metadata":{"name":"a"},"apiVersion":"v1","kind":"Namespace"}',
      },
    ],
    [
      'an update',
      async (cluster) => cluster.replace(DEPLOYMENT, deployment),
      { method: 'PUT', query: { fieldManager: 'istio-canary-upgrade' } },
    ],
    [
      'a deletion of one very object',
      async (cluster) => cluster.delete({ kind: CONFIG_MAP, name: 'a', namespace: 'b' }, { uid: 'x' }),
      {
        method: 'DELETE',
        path: '/api/v1/namespaces/b/configmaps/a',
        body: '{"apiVersion":"v1","kind":"DeleteOptions","propagationPolicy":"Background","preconditions":{"uid":"x"}}',
      },
    ],
    [
      'a question to a pod',
      async (cluster) => cluster.proxyGet({ namespace: 'a', name: 'istiod-1', port: 15014 }, '/metrics?x=1'),
      { method: 'GET', path: '/api/v1/namespaces/a/pods/istiod-1:15014/proxy/metrics', query: { x: '1' } },
    ],
    [
      'a list of metadata',
      async (cluster) => cluster.listMetadata(CRD),
      {
        path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
        headers: expect.objectContaining({
          accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
        }),
      },
    ],
    [
      'a selection',
      async (cluster) => cluster.list(POD, { labelSelector: 'istio.io/rev=1-31,!istio.io/tag' }),
      { path: '/api/v1/pods', query: { limit: '500', labelSelector: 'istio.io/rev=1-31,!istio.io/tag' } },
    ],
  ];
  it.each(cases)('is %s', async (_what, call, expected) => {
    await using server = await scripted([ok]);
    await call(server.cluster);
    expect(server.seen).toEqual([expect.objectContaining(expected)]);
  });
  it('is a question for the kinds of a group, which come in the version that is preferred', async () => {
    await using server = await scripted([discovery]);
    const kinds = await server.cluster.servedKinds(new Set(['networking.istio.io', 'security.istio.io']));
    expect(kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'networking.istio.io/v1 Sidecar',
      'networking.istio.io/v1alpha3 EnvoyFilter',
    ]);
    expect(server.seen.map(({ path }) => path).toSorted()).toEqual([
      '/apis',
      '/apis/networking.istio.io/v1',
      '/apis/networking.istio.io/v1alpha3',
    ]);
  });
  it('is asked again where a group that there is seems to serve nothing, and never taken for empty', async () => {
    await using server = await scripted([onlyGroups]);
    const error = await failureOf(server.cluster.servedKinds(new Set(['networking.istio.io'])));
    expect(error.message).toMatch(/^discover networking\.istio\.io\/v1(?:alpha3)?: 404, but not from Kubernetes/u);
    expect(server.seen.length).toBeGreaterThan(3);
  });
  it('is an application by our field manager, forced, where discovery says', async () => {
    const resources = [
      { name: 'gateways/status', kind: 'Gateway', namespaced: true },
      { name: 'gateways', kind: 'Gateway', namespaced: true },
    ];
    await using server = await scripted([json({ resources }), ok, ok]);
    const apiVersion = 'networking.istio.io/v1';
    const gateway = { apiVersion, kind: 'Gateway', metadata: { name: 'g', namespace: 'a' } };
    await server.cluster.apply(gateway);
    await server.cluster.apply(gateway);
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /apis/networking.istio.io/v1',
      'PATCH /apis/networking.istio.io/v1/namespaces/a/gateways/g',
      'PATCH /apis/networking.istio.io/v1/namespaces/a/gateways/g',
    ]);
    expect(server.seen[1]).toMatchObject({
      query: { fieldManager: 'istio-canary-upgrade', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
    });
  });
  it('is no application of a kind that is not served', async () => {
    await using server = await scripted([json({ resources: [] })]);
    const error = await failureOf(server.cluster.apply({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' } }));
    expect(error).toMatchObject({ status: 404, message: expect.stringContaining('does not serve Thing in v1') });
  });
  it('is no application to a namespace that would have to be guessed', async () => {
    await using server = await scripted([json({ resources: [{ name: 'pods', kind: 'Pod', namespaced: true }] })]);
    const applied = server.cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
    await expect(applied).rejects.toThrow('Pod a is namespaced and names no namespace');
  });
});

const deletion = async (there: string): Promise<unknown> => {
  await using server = await scripted([refusal(409, 'Conflict'), json({ metadata: { name: 'a', uid: there } })]);
  return await server.cluster.delete({ kind: NAMESPACE, name: 'a' }, { uid: 'mine' }).then(
    () => 'done',
    (error: unknown) => error,
  );
};

describe('a deletion that is refused because of the uid', () => {
  it('is done when another object stands there', async () => {
    expect(await deletion('another')).toBe('done');
  });
  it('stays refused when it still is that very object', async () => {
    expect(await deletion('mine')).toMatchObject({ status: 409 });
  });
});

const page = (name: string, next?: string): Reply =>
  json({
    metadata: { resourceVersion: '9', ...(next === undefined ? {} : { continue: next }) },
    items: [{ metadata: { name } }],
  });
const namesOf = async (cluster: ClusterPort): Promise<readonly string[]> =>
  (await cluster.list(POD)).map(({ metadata }) => metadata.name);

describe('a long list', () => {
  it('is read page by page', async () => {
    await using server = await scripted([page('a', 'n1'), page('b', 'n2'), page('c', '')]);
    expect(await namesOf(server.cluster)).toEqual(['a', 'b', 'c']);
    expect(server.seen.map(({ query }) => query['continue'])).toEqual([undefined, 'n1', 'n2']);
  });
  it('is begun again when it expires in the middle', async () => {
    await using server = await scripted([page('a', 'n1'), refusal(410, 'Expired'), page('a', 'n2'), page('b')]);
    expect(await namesOf(server.cluster)).toEqual(['a', 'b']);
  });
  it('is read at once when it expires again and again', async () => {
    const expired = refusal(410, 'Expired');
    await using server = await scripted([page('a', 'n'), expired, page('a', 'n'), expired, page('all')]);
    expect(await namesOf(server.cluster)).toEqual(['all']);
    expect(server.seen.map(({ query }) => query['limit'])).toEqual(['500', '500', '500', '500', undefined]);
  });
  it.each<[string, Reply]>([
    ['in the words of any web server', plain],
    ["in Kubernetes' own", refusal(404, 'NotFound')],
  ])('is no shorter list when its next page is not there, %s', async (_words, reply) => {
    const first = page('a', 'n1');
    const gone: Reply = (response, seen) => {
      (seen.query['continue'] === undefined ? first : reply)(response, seen);
    };
    await using server = await scripted([gone]);
    await expect(server.cluster.list(POD)).rejects.toBeInstanceOf(ApiError);
    await expect(server.cluster.list(API_GATEWAY)).rejects.toBeInstanceOf(ApiError);
  });
  it('is not empty when Kubernetes, or who speaks like it, has no such list of what is always served', async () => {
    await using server = await scripted([refusal(404, 'NotFound')]);
    expect(await failureOf(server.cluster.list(POD))).toMatchObject({ status: 404 });
    expect(await server.cluster.list(API_GATEWAY)).toEqual([]);
  });
  it('may have no items at all', async () => {
    await using server = await scripted([json({ metadata: {}, items: null })]);
    expect(await namesOf(server.cluster)).toEqual([]);
  });
});

describe('many calls at once', () => {
  it('are under way 24 at a time, over connections that are used again', async () => {
    const [limit, all] = [24, 200];
    let most = 0;
    let came = 0;
    const held: (() => void)[] = [];
    const releaseHeld = (): void => {
      for (const answer of held.splice(0)) answer();
    };
    // Nobody is answered before as many have come as may; one too many would come in the moment that is waited then.
    const slow: Reply = (response, seen) => {
      came += 1;
      most = Math.max(
        most,
        held.push(() => {
          ok(response, seen);
        }),
      );
      if (held.length === limit || came === all) setTimeout(releaseHeld, 20);
    };
    await using server = await scripted([slow]);
    await Promise.all(Array.from({ length: all }, async () => get(server.cluster)));
    expect(server.seen).toHaveLength(all);
    expect(most).toBe(limit);
    expect(server.sockets.all).toBeLessThan(60);
  });
});

describe('whom we talk to', () => {
  it('is told by the API server', async () => {
    await using server = await scripted([
      json({ gitVersion: 'v1.36.3' }),
      json({ status: { userInfo: { username: 'system:serviceaccount:ci:upgrade' } } }),
    ]);
    expect(await server.cluster.identity()).toEqual({
      server: server.url,
      context: 'x',
      user: 'system:serviceaccount:ci:upgrade',
      version: 'v1.36.3',
    });
  });
  it('is the name in the kubeconfig where the API server does not tell', async () => {
    for (const unserved of [refusal(404, 'NotFound'), plain]) {
      await using server = await scripted([json({ gitVersion: 'v1.27.0' }), unserved]);
      expect(await server.cluster.identity()).toMatchObject({ user: 'u' });
      expect(server.seen).toHaveLength(2);
    }
  });
});
