import { describe, expect, it } from 'vitest';
import { MUTATING, SERVICE, type KubeObject, type WebhookConfigurationObject } from '../../src/mesh/kinds.ts';
import { DEFAULT_TAG, REV } from '../../src/mesh/names.ts';
import { switchTag } from '../../src/phases/switch-tag.ts';
import { Contested } from '../../src/shared/errors.ts';
import { SOURCE, TARGET } from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { meshInMemory } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';

async function switched(cluster: FakeCluster, to = TARGET): Promise<readonly string[]> {
  const { session, log } = fakeSession(cluster);
  await switchTag(session.world, { tag: DEFAULT_TAG, to, istioNamespace: 'istio-system' });
  return log.lines;
}

describe('moving a tag', () => {
  it('says of every object what it was and what it is, and then that it was read back', async () => {
    expect(await switched(meshInMemory())).toEqual([
      'MutatingWebhookConfiguration istio-revision-tag-default: istio.io/rev: 1-31 → 1-32',
      'Service istio-system/istiod-revision-tag-default: istio.io/rev: 1-31 → 1-32',
      'ValidatingWebhookConfiguration istiod-default-validator: istio.io/rev: 1-31 → 1-32',
      'tag default: 1-31 → 1-32, read back',
    ]);
  });

  it('says nothing of objects that it did not write', async () => {
    const cluster = meshInMemory();
    await switched(cluster);
    expect(await switched(cluster)).toEqual(['tag default points to 1-32 already']);
  });

  it('says what it wrote even where that does not stay', async () => {
    const cluster = meshInMemory();
    cluster.onWrite = ({ object }) => {
      if (object.kind === MUTATING.kind) cluster.put(pointingTo(object, SOURCE));
    };
    const { session, log } = fakeSession(cluster);
    const moving = switchTag(session.world, { tag: DEFAULT_TAG, to: TARGET, istioNamespace: 'istio-system' });
    await expect(moving).rejects.toThrow(
      'MutatingWebhookConfiguration istio-revision-tag-default: istio.io/rev is 1-31 again',
    );
    await expect(moving).rejects.toBeInstanceOf(Contested);
    expect(log.lines).toHaveLength(3);
    expect(log.lines.join('\n')).not.toContain('read back');
  });

  it('takes away the label by which Argo CD, which keeps the source, would delete the tag with it', async () => {
    const cluster = meshInMemory();
    const mark = { 'app.kubernetes.io/instance': 'mesh' };
    for (const name of ['istio-sidecar-injector-1-31', 'istio-revision-tag-default']) {
      const object = cluster.peek(MUTATING, name);
      if (object === undefined) throw new Error(`no ${name}`);
      const managedFields = [{ manager: name.includes('tag') ? 'istio-ci' : 'argocd-controller' }];
      const labels = { ...object.metadata.labels, ...mark };
      cluster.put({ ...object, metadata: { ...object.metadata, labels, managedFields } });
    }
    await switched(cluster);
    const { labels } = cluster.peek(MUTATING, 'istio-revision-tag-default')?.metadata ?? {};
    expect(labels).toMatchObject({ [REV]: '1-32' });
    expect(labels).not.toHaveProperty(['app.kubernetes.io/instance']);
  });

  it('says so where only the address or the CA is brought up to date', async () => {
    const cluster = meshInMemory();
    const service = cluster.peek(SERVICE, 'istiod-revision-tag-default', 'istio-system');
    if (service !== undefined) cluster.put({ ...service, spec: { ...service.spec, selector: { app: 'old' } } });
    expect(await switched(cluster, SOURCE)).toContain(
      'Service istio-system/istiod-revision-tag-default: what it calls and trusts: → as of 1-31 now',
    );
  });
});

describe('a tag that somebody else writes just before we do', () => {
  const INJECTOR = 'istio-revision-tag-default';
  const updates = (cluster: FakeCluster) =>
    cluster.requests.filter(({ verb, name }) => verb === 'update' && name === INJECTOR);

  /** The source's istiod renews its CA bundle and a person sets a timeout, right before each of our first `many` updates. */
  function editedBeforehand(many: number): FakeCluster {
    const cluster = meshInMemory();
    cluster.before = ({ verb, name }) => {
      const injector = cluster.peek(MUTATING, INJECTOR);
      const { length } = updates(cluster);
      if (verb === 'update' && name === INJECTOR && injector !== undefined && length <= many)
        cluster.put(withEdit(injector, length));
    };
    return cluster;
  }

  it('is moved in a second try that starts from what they wrote, and keeps it', async () => {
    const cluster = editedBeforehand(1);
    expect((await switched(cluster)).at(-1)).toBe('tag default: 1-31 → 1-32, read back');
    const [first, second, ...more] = updates(cluster);
    expect(first?.body).not.toHaveProperty(['metadata', 'annotations', 'edit']);
    expect(second?.body).toHaveProperty(['metadata', 'annotations', 'edit'], '1');
    expect(more).toEqual([]);
    const client = cluster.peek(MUTATING, 'istio-sidecar-injector-1-32')?.webhooks?.[0]?.clientConfig;
    expect(client).toMatchObject({ service: { name: 'istiod-1-32' }, caBundle: expect.not.stringContaining(NEW_CA) });
    const { metadata, webhooks = [] } = cluster.peek(MUTATING, INJECTOR) ?? {};
    expect(metadata).toMatchObject({ labels: { [REV]: TARGET }, annotations: { edit: '1' } });
    expect(webhooks).toMatchObject(Array.from({ length: 4 }, () => ({ timeoutSeconds: 1, clientConfig: client })));
  });

  it('is given up after twenty tries, with the conflict for a reason and nothing said to be moved', async () => {
    const cluster = editedBeforehand(Number.POSITIVE_INFINITY);
    const { session, log } = fakeSession(cluster);
    const moving = switchTag(session.world, { tag: DEFAULT_TAG, to: TARGET, istioNamespace: 'istio-system' });
    await expect(moving).rejects.toMatchObject({ status: 409, message: expect.stringContaining(INJECTOR) });
    expect(updates(cluster)).toHaveLength(20);
    expect(cluster.peek(MUTATING, INJECTOR)?.metadata).toMatchObject({
      labels: { [REV]: SOURCE },
      annotations: { edit: '20' },
    });
    expect(log.lines).toEqual([]);
  });
});

const NEW_CA = 'bmV3IENB';
const withEdit = (injector: WebhookConfigurationObject, number: number): WebhookConfigurationObject => ({
  ...injector,
  metadata: { ...injector.metadata, annotations: { edit: String(number) } },
  webhooks: (injector.webhooks ?? []).map((webhook) => ({
    ...webhook,
    timeoutSeconds: number,
    clientConfig: { ...webhook.clientConfig, caBundle: NEW_CA },
  })),
});

const pointingTo = (object: KubeObject, revision: string): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { ...object.metadata.labels, [REV]: revision } },
});
