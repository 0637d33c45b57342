// What does a removal take for gone, what does it leave alone, and what of Istio's config objects that cannot be written?
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, ENDPOINT_SLICE, type Kind, type KubeObject, MUTATING, SERVICE } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { uninstallSource } from '../../src/phases/uninstall-source.ts';
import { ApiError } from '../../src/shared/errors.ts';
import { rawInjector, rawIstiod, rawIstiodService, rawVirtualServices, rawWorkload } from '../builders/raw.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const NS = 'istio-system';
const on = ({ apiVersion, kind }: Kind<KubeObject>, object: KubeObject): KubeObject => ({
  ...object,
  apiVersion,
  kind,
});
const labels = (revision: string) => ({ 'istio.io/rev': revision });
const owner = (kind: string, name: string, uid = 'another') => ({
  ownerReferences: [{ apiVersion: 'v1', kind, name, uid }],
});
const sliceOf = (service: string, revision: string, uid?: string): KubeObject =>
  on(ENDPOINT_SLICE, {
    metadata: {
      name: `${service}-x7k2p`,
      namespace: NS,
      labels: labels(revision),
      ...owner('Service', service, uid),
    },
  });
const controlPlane = (revision: string): readonly KubeObject[] => [
  on(MUTATING, rawInjector(revision)),
  on(DEPLOYMENT, rawIstiod(revision, '1.31.0')),
  on(SERVICE, rawIstiodService(revision)),
];

/** What came of it, and what was said; `probe`: how the dry run of a VirtualService is answered. */
async function removed(
  revision: string,
  objects: readonly KubeObject[],
  probe: (cluster: FakeCluster) => ApiError | undefined = () => undefined,
) {
  const cluster = new FakeCluster([rawVirtualServices, ...objects]);
  cluster.before = ({ kind }) => {
    const denial = kind === 'VirtualService' ? probe(cluster) : undefined;
    if (denial !== undefined) throw denial;
  };
  const { session, log } = fakeSession(cluster);
  const result = await uninstallSource(session.world, { source: asRevision(revision), istioNamespace: NS }).catch(
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return { result, lines: log.lines };
}

describe('what is labelled with the source and owned by others', () => {
  it("is left alone and named: the EndpointSlice of a gateway's Service", async () => {
    const { result } = await removed('1-31', [...controlPlane('1-31'), sliceOf('ingress', '1-31')]);
    expect(result).toEqual({ by: 'us', leftAlone: ['EndpointSlice istio-system/ingress-x7k2p'] });
  });

  it('is left alone and named: what istiod deploys for a Gateway labelled default, of a source without a revision', async () => {
    const deployed = rawWorkload({
      namespace: NS,
      name: 'web-istio',
      labels: labels('default'),
      meta: owner('Gateway', 'web'),
    });
    const { result } = await removed('default', [...controlPlane('default'), on(DEPLOYMENT, deployed)]);
    expect(result).toEqual({ by: 'us', leftAlone: ['Deployment istio-system/web-istio'] });
  });
});

it('what the source owns is waited for, and named where it does not go', async () => {
  const { result, lines } = await removed('1-31', [...controlPlane('1-31'), sliceOf('istiod-1-31', '1-31')]);
  expect(result).toBe(
    'waited 1m for everything of 1-31 to be gone, and there is still EndpointSlice istio-system/istiod-1-31-x7k2p',
  );
  expect(lines).toContain('waiting for everything of 1-31 to be gone since 15 s');
});

const answer = (status: number, message: string): ApiError =>
  new ApiError(`create VirtualService: ${String(status)}: ${message}`, { status, reason: '' });
const byIstio = answer(500, 'Internal error occurred: failed calling webhook "validation.istio.io": no endpoints');
const byPolicy = answer(403, 'admission webhook "validate.kyverno.svc-fail" denied the request: label team is missing');
const isGone = (cluster: FakeCluster): boolean => cluster.peek(DEPLOYMENT, 'istiod-1-31', NS) === undefined;

describe("Istio's config objects", () => {
  it('that can no longer be written are an error', async () => {
    const { result } = await removed('1-31', controlPlane('1-31'), (cluster) =>
      isGone(cluster) ? byIstio : undefined,
    );
    expect(result).toMatch(/^1-31 is removed, but a VirtualService can no longer be written: .*validation\.istio\.io/u);
  });

  it('that could not be written before either keep the source', async () => {
    const { result } = await removed('1-31', controlPlane('1-31'), () => byIstio);
    expect(result).toMatch(/^1-31 cannot be removed: Istio's config objects cannot be written even now: /u);
  });

  it.each([
    ["Istio's own webhook", byIstio, 'warning: a VirtualService cannot be written, nor could it before the removal: '],
    ['a policy', byPolicy, 'notice: whether a VirtualService can be written is not proved, for a policy denies it: '],
  ])(
    'that %s keeps from being written keep nobody from the end, where nothing is left to delete',
    async (_, denial, said) => {
      const { result, lines } = await removed('1-31', controlPlane('1-32'), () => denial);
      expect(result).toEqual({ by: 'nobody', leftAlone: [] });
      expect(lines).toContain(said + denial.message);
    },
  );

  it('that a policy keeps from being written keep no source', async () => {
    const { result } = await removed('1-31', controlPlane('1-31'), () => byPolicy);
    expect(result).toEqual({ by: 'us', leftAlone: [] });
  });

  it('that nobody has decided about tell nothing: the run ends, and can be repeated', async () => {
    const { result } = await removed('1-31', controlPlane('1-31'), () => answer(503, 'the server is shutting down'));
    expect(result).toBe('create VirtualService: 503: the server is shutting down');
  });
});
