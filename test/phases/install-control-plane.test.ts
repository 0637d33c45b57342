// How does phase 2 wait, give up, and refuse? On a clock of its own; the proof on a real cluster is in test/e2e/install.e2e.ts.
import { describe, expect, it } from 'vitest';
import type { Install } from '../../src/config/config.ts';
import {
  DEPLOYMENT,
  ENDPOINT_SLICE,
  MUTATING,
  NAMESPACE,
  SERVICE,
  VALIDATING,
  type ConfigMapObject,
  type EndpointSliceObject,
  type KubeObject,
  type Kind,
  type PodObject,
  type WorkloadObject,
} from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { checkInstall, type InstallOf, TO_LOOK } from '../../src/phases/check-install.ts';
import { installControlPlane } from '../../src/phases/install-control-plane.ts';
import { verifyControlPlane } from '../../src/phases/verify-control-plane.ts';
import type { InstallerPort, PendingRelease } from '../../src/ports/installer.ts';
import { ApiError, BrokenWorld, NoCredentials } from '../../src/shared/errors.ts';
import { rawDefaultValidator, rawInjector, rawIstiod, rawNamespace, rawTag } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';

const refusal = (message: string): ApiError => new ApiError(message, { status: 403, reason: 'Forbidden' });
const target = asRevision('1-32');
const NS = 'istio-system';
const slice: EndpointSliceObject = {
  metadata: { name: 's', namespace: NS, labels: { 'kubernetes.io/service-name': 'istiod-1-32' } },
  endpoints: [{ addresses: ['10.0.0.1'] }],
};
const healthy = rawIstiod('1-32', '1.32.0');
const istiod = (type: string, status: string, reason = ''): WorkloadObject => ({
  ...healthy,
  status: { ...healthy.status, conditions: [{ type, status, reason }] },
});
const on = <T extends KubeObject>({ apiVersion, kind }: Kind<T>, object: T): T => ({ ...object, apiVersion, kind });

const mesh = [
  on(NAMESPACE, rawNamespace(NS)),
  on(NAMESPACE, rawNamespace('default')),
  on(MUTATING, rawTag('default', '1-31')),
  on(VALIDATING, rawDefaultValidator('1-31')),
];
const injector = on(MUTATING, rawInjector('1-32'));
const started = [on(DEPLOYMENT, istiod('Available', 'True')), on(ENDPOINT_SLICE, slice)];
const injected = (pod: KubeObject, by = '1-32'): PodObject => ({
  ...pod,
  metadata: { ...pod.metadata, annotations: { 'istio.io/rev': by } },
  spec: { containers: [{ name: 'istio-proxy', image: 'docker.io/istio/proxyv2:1.32.0' }] },
});

async function unused(): Promise<never> {
  throw new Error('not asked for here');
}
function world(objects: readonly KubeObject[], installer: Partial<InstallerPort> = {}) {
  const clock = new ManualClock(0, { automatic: true });
  const log = new FakeLog();
  const cluster = new FakeCluster(objects);
  cluster.admit = (object) => injected(object);
  const intents: string[] = [];
  const installs = {
    tool: unused,
    render: unused,
    pending: async (): Promise<undefined> => undefined,
    finish: unused,
    install: unused,
    helmUninstall: unused,
    helmManifest: unused,
  };
  const intend = async (what: string): Promise<void> => {
    intents.push(what);
  };
  const { signal } = new AbortController();
  return { cluster, clock, log, installer: { ...installs, ...installer }, signal, intend, intents };
}
const request = (install: Install): InstallOf => ({ install, source: asRevision('1-31'), target, istioNamespace: NS });

describe('waiting for a control plane', () => {
  it('says at least every 15 s what is missing, and ends with the image pods will get', async () => {
    const slow = world([...mesh, injector]);
    slow.cluster.before = () => {
      if (slow.clock.now() >= 40_000) for (const object of started) slow.cluster.put(object);
    };
    expect(await verifyControlPlane(slow, target, NS)).toEqual({
      proxyImage: 'docker.io/istio/proxyv2:1.32.0',
      version: '1.32.0',
    });
    expect(slow.log.lines).toHaveLength(3);
    expect(slow.log.lines[0]).toMatch(
      /waiting for 1-32 since 15 s: no Deployment .*; Service .* has no ready endpoint/,
    );
    expect(slow.log.lines[2]).toContain('1-32 verified');
  });

  it('gives up after ten minutes, naming what is missing and where to look', async () => {
    const absent = world(mesh);
    await expect(verifyControlPlane(absent, target, NS)).rejects.toThrow(
      'control plane 1-32 is not ready after 600 s: no MutatingWebhookConfiguration labelled istio.io/rev=1-32',
    );
  });

  it('gives up at once when Kubernetes has', async () => {
    const stuck = on(DEPLOYMENT, istiod('Progressing', 'False', 'ProgressDeadlineExceeded'));
    const broken = world([...mesh, injector, stuck]);
    await expect(verifyControlPlane(broken, target, NS)).rejects.toThrow('exceeded its progress deadline');
    expect(broken.clock.now()).toBe(0);
  });

  it('tries the probe elsewhere when a policy of one namespace forbids it', async () => {
    const strict = world([...mesh, injector, ...started]);
    strict.cluster.before = ({ verb, namespace }) => {
      if (verb === 'create' && namespace === NS) throw refusal('violates PodSecurity');
    };
    await verifyControlPlane(strict, target, NS);
    expect(strict.log.lines.at(-1)).toContain('in namespace default');
  });

  const doubtful = [
    ['no sidecar at all', (pod: KubeObject): PodObject => ({ ...injected(pod), spec: { containers: [] } }), 'would get no sidecar'],
    ['a sidecar of another revision', (pod: KubeObject): PodObject => injected(pod, '1-31'), 'would get a sidecar of 1-31'],
    ['a webhook that does not answer', (): never => { throw refusal('failed calling webhook: connection refused'); }, 'is refused: failed calling webhook'],
  ] as const; // prettier-ignore
  for (const [reason, inject, message] of doubtful) {
    it(`is not satisfied with ${reason}`, async () => {
      const doubted = world([...mesh, injector, ...started]);
      doubted.cluster.admit = inject;
      await expect(verifyControlPlane(doubted, target, NS)).rejects.toThrow(message);
    });
  }
});

describe('the right to install', () => {
  const manifest = request({ kind: 'manifest', path: 'x' });
  const service = on(SERVICE, { metadata: { name: 'istiod-1-32', namespace: NS, labels: { 'istio.io/rev': '1-32' } } });
  const denying = (verb: string, resource: string): ReturnType<typeof world> => {
    const denied = world(mesh, { render: async () => [injector, service] });
    denied.cluster.allows = (question) => question.verb !== verb || question.resource !== resource;
    return denied;
  };

  it.each([
    ['create', 'services', ' in istio-system'],
    ['patch', 'mutatingwebhookconfigurations', '.admissionregistration.k8s.io'],
  ])('is missed without %s on %s', async (verb, resource, rest) => {
    const denied = denying(verb, resource);
    expect((await checkInstall(denied, manifest)).findings).toMatchObject([
      {
        id: 'permission-missing',
        subject: `${resource}${rest}`,
        message: expect.stringContaining(`may not ${verb} ${resource}`),
      },
    ]);
    expect((await checkInstall(denied, manifest, TO_LOOK)).findings).toEqual([]);
  });

  it('is missed by a plan too where it may not see what would be overwritten, and nothing is read then', async () => {
    const denied = denying('get', 'services');
    expect((await checkInstall(denied, manifest, TO_LOOK)).findings).toMatchObject([{ id: 'permission-missing' }]);
    expect(denied.cluster.requests).toEqual([]);
  });
});

const rendering = (version: string) =>
  world(mesh, {
    tool: async () => ({ kind: 'found', version }),
    render: async () => [injector, on(DEPLOYMENT, healthy)],
  });

const findingsOf = async (version: string): Promise<string[]> =>
  (await checkInstall(rendering(version), request({ kind: 'istioctl', args: [] }))).findings.map(({ id }) => id);

const failing = (error: Error): ReturnType<typeof world> => {
  const render = async (): Promise<never> => {
    throw error;
  };
  return world(mesh, { tool: async () => ({ kind: 'found', version: '1.32.0' }), render });
};

describe('an istioctl', () => {
  it('of another version than what it installs is told, and its own is not', async () => {
    expect(await findingsOf('1.31.2')).toContain('istioctl-version-differs');
    expect(await findingsOf('1.32.0')).not.toContain('istioctl-version-differs');
  });

  it('that does not render is found to, but for want of credentials nothing is found at all', async () => {
    const istioctl = request({ kind: 'istioctl', args: [] });
    const broken = new BrokenWorld('unknown flag', { remedy: 'Put it right.' });
    expect((await checkInstall(failing(broken), istioctl)).findings).toMatchObject([{ id: 'install-does-not-render' }]);
    const expired = new NoCredentials('the plugin failed', { remedy: 'Log in.' });
    await expect(checkInstall(failing(expired), istioctl)).rejects.toBe(expired);
  });
});

const release: PendingRelease = {
  name: 'istiod-1-32',
  namespace: NS,
  revision: '1',
  status: 'pending-install',
  since: '2026-01-01 10:00:00 +0000 UTC',
  finish: ['rollback', 'istiod-1-32', '1', '--namespace', NS],
};

/** A helm as it is: with a release that is pending it does nothing else, not even render. */
function pendingWorld() {
  let left: PendingRelease | undefined = release;
  const done: string[] = [];
  const unlessPending = (what: string): void => {
    if (left !== undefined) throw new Error(`${what}: another operation is in progress`);
    done.push(what);
  };
  const made = world(mesh, {
    tool: async () => ({ kind: 'found', version: '4.2.3' }),
    pending: async () => left,
    finish: async (_release, say) => {
      left = undefined;
      say('Rollback was a success!');
    },
    render: async () => {
      unlessPending('rendered');
      return [injector];
    },
    install: async () => {
      unlessPending('installed');
      for (const object of [injector, ...started]) made.cluster.put(object);
    },
  });
  return Object.assign(made, { done });
}
const helm = request({ kind: 'helm', args: [] });

describe('a Helm release that is pending', () => {
  it('is refused by its name, with the commands that end it', async () => {
    const [finding, ...others] = (await checkInstall(pendingWorld(), helm)).findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ id: 'install-pending', severity: 'blocks' });
    expect(finding?.message).toContain(
      `Helm release ${NS}/istiod-1-32 is pending-install (revision 1, since 2026-01-01 10:00:00 +0000 UTC)`,
    );
    expect(finding?.remedy).toContain(`\`helm rollback istiod-1-32 1 --namespace ${NS}\``);
    expect(finding?.remedy).toContain(`\`helm uninstall istiod-1-32 --namespace ${NS}\``);
  });

  it('is left alone where this upgrade has not installed: it is somebody else who does', async () => {
    const others = pendingWorld();
    await expect(installControlPlane(others, helm)).rejects.toThrow(
      `1-32 was not installed: Helm release ${NS}/istiod-1-32 is pending-install`,
    );
    expect(others.intents).toEqual([]);
  });

  it('is ended first, announced, where this upgrade was about to install: then all goes on as if nothing had been', async () => {
    const ours = pendingWorld();
    await installControlPlane(ours, helm, true);
    expect(ours.intents).toEqual([`helm rollback istiod-1-32 1 --namespace ${NS}`, 'install 1-32 with helm']);
    expect(ours.done).toEqual(['rendered', 'installed']);
    expect(ours.log.lines).toContain('helm: Rollback was a success!');
  });
});

describe('installing', () => {
  it('stops before the first write when the render holds anything else', async () => {
    const mine = on(SERVICE, { metadata: { name: 'mine', namespace: NS } });
    const refusing = world(mesh, { render: async () => [injector, mine] });
    await expect(installControlPlane(refusing, request({ kind: 'manifest', path: 'x' }))).rejects.toThrow(
      '1-32 was not installed: Installing 1-32 would also write objects that are not part of a control plane of this revision: Service istio-system/mine.',
    );
    expect(refusing.intents).toEqual([]);
    expect(refusing.cluster.requests.every(({ verb }) => verb === 'get' || verb === 'list')).toBe(true);
  });

  it('says of each object of a manifest whether it was created, changed or so already, and reads it back', async () => {
    const data = (text: string): ConfigMapObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio-1-32', namespace: NS, labels: { 'istio.io/rev': '1-32' } },
      data: { mesh: text },
    });
    const service = on(SERVICE, {
      metadata: { name: 'istiod-1-32', namespace: NS, labels: { 'istio.io/rev': '1-32' } },
    });
    const made = world([...mesh, data('old'), injector, ...started], {
      render: async () => [injector, data('new'), service],
    });
    const apply = made.cluster.apply.bind(made.cluster);
    // An API server that stores what is there already stores nothing.
    made.cluster.apply = async (object, options) => (object.kind === injector.kind ? object : apply(object, options));
    await installControlPlane(made, request({ kind: 'manifest', path: 'x' }));
    expect(made.log.lines.filter((line) => line.endsWith(', read back'))).toEqual([
      `ConfigMap ${NS}/istio-1-32: changed, read back`,
      `Service ${NS}/istiod-1-32: created, read back`,
      'MutatingWebhookConfiguration istio-sidecar-injector-1-32: was so already, read back',
    ]);
  });

  it('claims no reading back of what somebody changed on the way', async () => {
    const made = world([...mesh, ...started], { render: async () => [injector] });
    made.cluster.onWrite = ({ verb, object }) => {
      if (verb === 'apply' && object.kind === injector.kind)
        made.cluster.remove({ kind: MUTATING, name: object.metadata.name });
    };
    await expect(installControlPlane(made, request({ kind: 'manifest', path: 'x' }))).rejects.toThrow('not ready');
    expect(made.log.lines[0]).toBe('MutatingWebhookConfiguration istio-sidecar-injector-1-32: created');
  });

  it('says that it waits for a tool that says nothing', async () => {
    const slow = world(mesh, {
      tool: async () => ({ kind: 'found', version: '1.32.0' }),
      render: async () => [injector],
      install: async () => {
        for (let time = 0; time < 9; time += 1) await slow.clock.sleep(20_000);
        for (const object of [injector, ...started]) slow.cluster.put(object);
      },
    });
    await installControlPlane(slow, request({ kind: 'helm', args: [] }));
    expect(slow.log.lines).toContainEqual(expect.stringMatching(/^waiting for helm to install 1-32 since \d+m/));
  });

  it('is an alarm when the default has another owner afterwards', async () => {
    const seizing = world(mesh, {
      tool: async () => ({ kind: 'found', version: '1.32.0' }),
      render: async () => [injector],
      install: async () => {
        for (const object of [injector, ...started, on(MUTATING, rawTag('default', '1-32'))])
          seizing.cluster.put(object);
      },
    });
    await expect(installControlPlane(seizing, request({ kind: 'istioctl', args: [] }))).rejects.toThrow(
      /the default moved .* before tag `default` → 1-31.* now tag `default` → 1-32/,
    );
  });

  it.each([
    ['whose tag it was', rawTag('default', '1-31'), 'tag set default --revision 1-31 --overwrite -y'],
    ['whose injector has no revision', rawInjector('default'), 'tag set default --revision default --overwrite -y'],
    // There is nobody to give it back to: no revision `default`, and no tag.
    ['nobody', undefined, 'tag remove default -y'],
  ])('and says how it gets back to %s', async (_whom, owner, command) => {
    const before = [on(NAMESPACE, rawNamespace(NS)), ...(owner === undefined ? [] : [on(MUTATING, owner)])];
    const seizing = world(before, {
      render: async () => [injector],
    });
    seizing.cluster.onWrite = ({ verb }) => {
      if (verb !== 'apply') return;
      for (const object of [...started, on(MUTATING, rawTag('default', '1-32'))]) seizing.cluster.put(object);
    };
    await expect(installControlPlane(seizing, request({ kind: 'manifest', path: 'x' }))).rejects.toMatchObject({
      remedy: expect.stringContaining(`\`istioctl ${command}\``),
    });
  });
});
