// What may everyone who uses a ClusterPort rely on? One suite, run against the fake and against a real API server.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CONFIG_MAP,
  type ConfigMapObject,
  CRD,
  LEASE,
  type Kind,
  type KubeObject,
  NAMESPACE,
} from '../../src/mesh/kinds.ts';
import type { Change, ClusterPort } from '../../src/ports/cluster.ts';
import { ApiError } from '../../src/shared/errors.ts';

export interface Subject {
  readonly port: ClusterPort;
  /** Exists and is empty of our own objects; another one for each test. */
  readonly namespace: string;
}

const UNKNOWN: Kind<KubeObject> = {
  apiVersion: 'nobody.example/v1',
  kind: 'Nothing',
  plural: 'nothings',
  namespaced: true,
};
const patience = { timeout: 15_000, interval: 20 };

const failureOf = async (work: Promise<unknown>): Promise<ApiError> => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`no ApiError, but ${String(error)}`);
  return error;
};

/** What Kubernetes puts into every namespace, sooner or later. */
const isForeign = ({ metadata }: KubeObject): boolean => metadata.name === 'kube-root-ca.crt';

const told = (seen: readonly Change<ConfigMapObject>[]): readonly string[] =>
  seen.flatMap((change) =>
    change.kind === 'sync' || isForeign(change.object)
      ? []
      : [`${change.kind} ${change.object.metadata.name} ${change.object.data?.['a'] ?? ''}`],
  );

/** Two versions, and a subresource. */
const thingsOf = (group: string) => ({
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things' },
    versions: ['v1', 'v1beta1'].map((version) => ({
      name: version,
      served: true,
      storage: version === 'v1',
      schema: { openAPIV3Schema: { type: 'object' } },
      subresources: { status: {} },
    })),
  },
});

export function clusterPortContract(name: string, subject: () => Promise<Subject>): void {
  describe(`${name}, as a ClusterPort`, () => {
    let port: ClusterPort;
    let namespace: string;
    let stop: AbortController;

    beforeEach(async () => {
      ({ port, namespace } = await subject());
      stop = new AbortController();
    });
    afterEach(() => {
      stop.abort();
    });

    const configMap = (named: string, over: Partial<ConfigMapObject> = {}, labels = {}): ConfigMapObject => ({
      metadata: { name: named, namespace, labels },
      ...over,
    });
    const ours = async (labelSelector = ''): Promise<readonly string[]> => {
      const items = await port.list(CONFIG_MAP, { namespace, labelSelector });
      return items.filter((item) => !isForeign(item)).map(({ metadata }) => metadata.name);
    };
    const read = async (named: string): Promise<ConfigMapObject | undefined> => port.get(CONFIG_MAP, named, namespace);

    /** Collects what a follower sees. */
    const followed = (labelSelector?: string): Change<ConfigMapObject>[] => {
      const seen: Change<ConfigMapObject>[] = [];
      const options = { namespace, ...(labelSelector === undefined ? {} : { labelSelector }) };
      void (async () => {
        for await (const change of port.follow(CONFIG_MAP, options, stop.signal)) seen.push(change);
      })();
      return seen;
    };
    describe('reading', () => {
      it('gives back what was created, with kind, uid and version', async () => {
        const created = await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }));
        const found = await read('one');
        expect(found).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
        expect(found?.metadata.uid).toBe(created.metadata.uid);
        expect(found?.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
      });
      it('has nothing where there is no such object', async () => {
        expect(await read('nobody')).toBeUndefined();
      });
      it('has nothing of a kind that is not served', async () => {
        expect(await port.get(UNKNOWN, 'one', namespace)).toBeUndefined();
        expect(await port.list(UNKNOWN, { namespace })).toEqual([]);
      });
      it('lists each item with its apiVersion and kind', async () => {
        await port.create(CONFIG_MAP, configMap('one'));
        const items = await port.list(CONFIG_MAP, { namespace });
        expect(items.every(({ apiVersion, kind }) => apiVersion === 'v1' && kind === 'ConfigMap')).toBe(true);
      });
      it('lists metadata alone, of the same objects', async () => {
        await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }, { rev: '1' }));
        await port.create(CONFIG_MAP, configMap('two', { data: { a: '2' } }));
        const [whole] = await port.list(CONFIG_MAP, { namespace, labelSelector: 'rev=1' });
        const { apiVersion, kind, metadata } = whole ?? configMap('none');
        const found = await port.listMetadata(CONFIG_MAP, { namespace, labelSelector: 'rev=1' });
        expect(found).toEqual([{ apiVersion, kind, metadata }]);
        expect(await port.listMetadata(UNKNOWN, { namespace })).toEqual([]);
      });
      it('tells what is served of a group, each kind once, in its first version', async () => {
        const crd = thingsOf(`${namespace}.example`);
        await port.create(CRD, crd);
        const served = async () => port.servedKinds(new Set([crd.spec.group, 'nobody.example']));
        const things = { apiVersion: `${crd.spec.group}/v1`, kind: 'Thing', plural: 'things', namespaced: true };
        await expect.poll(served, patience).toEqual([things]);
        await port.delete({ kind: CRD, name: crd.metadata.name });
      });
      it('lists everywhere without a namespace', async () => {
        const names = (await port.list(NAMESPACE)).map(({ metadata }) => metadata.name);
        expect(names).toContain(namespace);
      });
      it.each([
        ['rev', ['a', 'b'], 'the label exists'],
        ['!rev', ['c', 'd'], 'the label is absent'],
        ['rev=1', ['a'], 'the label has the value'],
        ['rev!=1', ['b', 'c', 'd'], 'another value, or none'],
        ['rev in (1,2)', ['a', 'b'], 'one of the values'],
        ['rev notin (1)', ['b', 'c', 'd'], 'none of the values, or no label'],
        ['rev,app=x', ['a'], 'both'],
      ])('chooses by %s: %j (%s)', async (selector, names) => {
        await port.create(CONFIG_MAP, configMap('a', {}, { rev: '1', app: 'x' }));
        await port.create(CONFIG_MAP, configMap('b', {}, { rev: '2' }));
        await port.create(CONFIG_MAP, configMap('c', {}, { app: 'x' }));
        await port.create(CONFIG_MAP, configMap('d'));
        expect(await ours(selector)).toEqual(names);
      });
    });

    describe('writing', () => {
      it('refuses to create what exists, naming it', async () => {
        await port.create(CONFIG_MAP, configMap('one'));
        const error = await failureOf(port.create(CONFIG_MAP, configMap('one')));
        expect(error).toMatchObject({ status: 409, reason: 'AlreadyExists' });
        expect(error.message).toContain(`create ConfigMap ${namespace}/one`);
      });
      it('merges a patch: sets, keeps, deletes', async () => {
        await port.create(CONFIG_MAP, configMap('one', { data: { a: '1', b: '2' } }, { keep: 'me', drop: 'me' }));
        const patch = { metadata: { labels: { drop: null, add: 'me' } }, data: { a: '3', c: '4' } };
        const patched = await port.patch(CONFIG_MAP, { name: 'one', namespace }, patch);
        expect(patched.data).toEqual({ a: '3', b: '2', c: '4' });
        expect((await read('one'))?.metadata.labels).toEqual({ keep: 'me', add: 'me' });
      });
      it('leaves no labels behind when the last one goes', async () => {
        await port.create(CONFIG_MAP, configMap('one', {}, { only: 'me' }));
        await port.patch(CONFIG_MAP, { name: 'one', namespace }, { metadata: { labels: { only: null } } });
        expect((await read('one'))?.metadata.labels).toBeUndefined();
      });
      it('keeps the version when a patch changes nothing', async () => {
        const { metadata } = await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }));
        const patched = await port.patch(CONFIG_MAP, { name: 'one', namespace }, { data: { a: '1' } });
        expect(patched.metadata.resourceVersion).toBe(metadata.resourceVersion);
      });
      it('refuses a patch whose resourceVersion is not the latest', async () => {
        const { metadata } = await port.create(CONFIG_MAP, configMap('one'));
        const { resourceVersion = '' } = metadata;
        const patch = (a: string) =>
          port.patch(CONFIG_MAP, { name: 'one', namespace }, { metadata: { resourceVersion }, data: { a } });
        await patch('1');
        expect(await failureOf(patch('2'))).toMatchObject({ status: 409, reason: 'Conflict' });
        expect((await read('one'))?.data).toEqual({ a: '1' });
      });
      it('refuses to patch what is not there', async () => {
        const error = await failureOf(port.patch(CONFIG_MAP, { name: 'nobody', namespace }, { data: {} }));
        expect(error).toMatchObject({ status: 404, reason: 'NotFound' });
        expect(error.message).toContain(`patch ConfigMap ${namespace}/nobody`);
      });
      it('replaces an object as read, and only that version of it', async () => {
        const created = await port.create(CONFIG_MAP, configMap('one', { data: { a: '1', b: '2' } }));
        const replaced = await port.replace(CONFIG_MAP, { ...created, data: { a: '3' } });
        expect(replaced.data).toEqual({ a: '3' });
        expect(await failureOf(port.replace(CONFIG_MAP, { ...created, data: {} }))).toMatchObject({ status: 409 });
      });
      it('applies: creates, then merges, keeping what others wrote', async () => {
        const object = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('one', { data: { a: '1' } }) };
        await port.apply(object);
        await port.patch(CONFIG_MAP, { name: 'one', namespace }, { data: { b: '2' } });
        await port.apply({ ...object, data: { a: '3' } } as KubeObject);
        expect((await read('one'))?.data).toEqual({ a: '3', b: '2' });
      });
      it('applies what another manager wrote, by force', async () => {
        await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }));
        const applied = await port.apply({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          ...configMap('one', { data: { a: '2' } }),
        });
        expect(applied).toMatchObject({ data: { a: '2' } });
      });
      it.each([
        ['create', async () => port.create(CONFIG_MAP, configMap('new'), { dryRun: true })],
        [
          'patch',
          async () => port.patch(CONFIG_MAP, { name: 'one', namespace }, { data: { a: '2' } }, { dryRun: true }),
        ],
        [
          'apply',
          async () =>
            port.apply(
              { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('one', { data: { a: '2' } }) },
              { dryRun: true },
            ),
        ],
      ])('answers a dry-run %s with the result, and writes nothing', async (_verb, write) => {
        await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }));
        expect((await write()).metadata.name).toMatch(/one|new/u);
        expect(await ours()).toEqual(['one']);
        expect((await read('one'))?.data).toEqual({ a: '1' });
      });
      it('counts generations of a spec', async () => {
        const metadata = { name: 'one', namespace };
        const first = await port.create(LEASE, { metadata, spec: { holderIdentity: 'me' } });
        const second = await port.patch(LEASE, metadata, { spec: { holderIdentity: null, leaseTransitions: 1 } });
        expect(first.spec?.holderIdentity).toBe('me');
        expect(second.spec).toEqual({ leaseTransitions: 1 });
      });
    });

    describe('deleting', () => {
      it('takes an object away, and again without a word', async () => {
        await port.create(CONFIG_MAP, configMap('one'));
        const ref = { kind: CONFIG_MAP, name: 'one', namespace };
        await port.delete(ref);
        await port.delete(ref);
        expect(await read('one')).toBeUndefined();
      });
      it('has nothing to do for a kind that is not served', async () => {
        await expect(port.delete({ kind: UNKNOWN, name: 'one', namespace })).resolves.toBeUndefined();
      });
      it('spares another object of the same name', async () => {
        const { metadata } = await port.create(CONFIG_MAP, configMap('one'));
        const ref = { kind: CONFIG_MAP, name: 'one', namespace };
        await port.delete(ref);
        await port.create(CONFIG_MAP, configMap('one', { data: { a: 'another' } }));
        await port.delete(ref, { uid: metadata.uid ?? '' });
        expect((await read('one'))?.data).toEqual({ a: 'another' });
      });
    });

    describe('following', () => {
      it('begins with all there is, then tells each change in order', async () => {
        await port.create(CONFIG_MAP, configMap('one', { data: { a: '1' } }));
        const seen = followed();
        await expect.poll(() => seen.length, patience).toBeGreaterThan(0);
        expect(seen[0]).toMatchObject({ kind: 'sync' });
        const names = seen[0]?.kind === 'sync' ? seen[0].items.map(({ metadata }) => metadata.name) : [];
        expect(names).toContain('one');
        await port.create(CONFIG_MAP, configMap('two', { data: { a: '2' } }));
        await port.patch(CONFIG_MAP, { name: 'one', namespace }, { data: { a: '3' } });
        await port.delete({ kind: CONFIG_MAP, name: 'two', namespace });
        await expect.poll(() => told(seen), patience).toEqual(['put two 2', 'put one 3', 'gone two 2']);
      });
      it('calls an object gone that leaves the selector', async () => {
        await port.create(CONFIG_MAP, configMap('one', {}, { rev: '1' }));
        const seen = followed('rev=1');
        await expect.poll(() => seen.length, patience).toBe(1);
        await port.patch(CONFIG_MAP, { name: 'one', namespace }, { metadata: { labels: { rev: '2' } } });
        await expect.poll(() => told(seen), patience).toEqual(['gone one ']);
      });
      it('ends when it is told to, also while it waits', async () => {
        const ended = (async () => {
          for await (const change of port.follow(CONFIG_MAP, { namespace }, stop.signal)) void change;
          return 'ended';
        })();
        stop.abort();
        expect(await ended).toBe('ended');
      });
      it('lets a reader leave in the middle', async () => {
        for await (const change of port.follow(CONFIG_MAP, { namespace }, stop.signal)) {
          expect(change.kind).toBe('sync');
          break;
        }
      });
    });

    it('says whether something is allowed', async () => {
      expect(await port.mayI({ verb: 'list', group: 'apps', resource: 'deployments' })).toBe(true);
    });
    it('says whom it talks to and as whom', async () => {
      const { server, context, user, version } = await port.identity();
      expect(server).toMatch(/^https?:\/\//u);
      expect(version).toMatch(/^v1\.\d+/u);
      expect([context, user].every((each) => each !== '')).toBe(true);
    });
  });
}
