// Is the target's control plane there and does it inject? Reads and waits; writes nothing. The same proof whoever installed it.
import { istiodVersion } from '../mesh/control-planes.ts';
import { missingFrom, clientOf } from '../mesh/control-plane-readiness.ts';
import { defaultOwnerOf, sayDefaultOwner, type DefaultOwner } from '../mesh/default-owner.ts';
import { DEPLOYMENT, ENDPOINT_SLICE, MUTATING, VALIDATING } from '../mesh/kinds.ts';
import { REV, TAG, type Revision } from '../mesh/names.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { proveInjection } from './prove-injection.ts';

export interface Verified {
  /** The sidecar that pods of this revision get. */
  readonly proxyImage: string;
  /** Of istiod, from its image; absent where that tells none. */
  readonly version?: string;
}
type Look =
  | { readonly kind: 'verified'; readonly verified: Verified; readonly said: string }
  | { readonly kind: 'missing'; readonly missing: readonly string[]; readonly hopeless: boolean };

const TIMEOUT_MS = 10 * 60_000;
const BETWEEN_LOOKS_MS = 500;
const BETWEEN_LINES_MS = 15_000;

/**
 * Resolves once the control plane is proven: Deployment available, endpoints ready, a caBundle on every webhook of its injector, and
 * an injected dry-run pod. Throws `BrokenWorld` that says what is missing after ten minutes, or at once when waiting cannot help.
 */
export async function verifyControlPlane(world: World, target: Revision, istioNamespace: string): Promise<Verified> {
  const { clock, log, signal } = world;
  const begun = clock.now();
  let lastLine = begun;
  for (;;) {
    signal.throwIfAborted();
    const look = await lookAt(world.cluster, target, istioNamespace);
    if (look.kind === 'verified') {
      log.line(`${target} verified: ${look.said}`);
      return look.verified;
    }
    const waited = clock.now() - begun;
    if (look.hopeless || waited >= TIMEOUT_MS) throw notReady(target, istioNamespace, look.missing, waited);
    if (clock.now() - lastLine >= BETWEEN_LINES_MS) {
      log.line(`waiting for ${target} since ${seconds(waited)}: ${look.missing.join('; ')}`);
      lastLine = clock.now();
    }
    await clock.sleep(BETWEEN_LOOKS_MS, signal);
  }
}

/** Whether the proof succeeds at this moment, without waiting. */
export async function isVerified(cluster: ClusterPort, target: Revision, istioNamespace: string): Promise<boolean> {
  return (await lookAt(cluster, target, istioNamespace)).kind === 'verified';
}

async function lookAt(cluster: ClusterPort, target: Revision, istioNamespace: string): Promise<Look> {
  const [injectors, deployments] = await Promise.all([
    cluster.list(MUTATING, { labelSelector: `${REV}=${target},!${TAG}` }),
    cluster.list(DEPLOYMENT, { namespace: istioNamespace, labelSelector: `app=istiod,${REV}=${target}` }),
  ]);
  const service = injectors[0] === undefined ? undefined : clientOf(injectors[0])?.service;
  const slices =
    service === undefined
      ? []
      : await cluster.list(ENDPOINT_SLICE, {
          namespace: service.namespace,
          labelSelector: `kubernetes.io/service-name=${service.name}`,
        });
  const { missing, hopeless } = missingFrom({ revision: target, injectors, deployments, slices });
  if (missing.length > 0) return { kind: 'missing', missing, hopeless };
  const proof = await proveInjection(cluster, target, istioNamespace);
  if (proof.kind === 'does-not') return { kind: 'missing', missing: [proof.reason], hopeless: false };
  const version = deployments.map(istiodVersion).find((found) => found !== undefined);
  const available = deployments.length === 0 ? 'reached by URL' : 'Deployment available, endpoints ready';
  return {
    kind: 'verified',
    verified: { proxyImage: proof.proxyImage, ...(version === undefined ? {} : { version }) },
    said: `${available}, caBundle on every webhook, a dry-run pod in namespace ${proof.namespace} gets ${proof.proxyImage} with istio.io/rev=${target}`,
  };
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

function notReady(target: Revision, istioNamespace: string, missing: readonly string[], waited: number): BrokenWorld {
  return new BrokenWorld(`control plane ${target} is not ready after ${seconds(waited)}: ${missing.join('; ')}`, {
    remedy: `See \`kubectl -n ${istioNamespace} describe deployment,pods -l app=istiod,${REV}=${target}\`, put it right, then run the same command again. Nothing has been moved; doing nothing is safe.`,
  });
}

/** Which revision injects by default now, to be compared later. */
export async function readDefaultOwner(cluster: ClusterPort): Promise<DefaultOwner> {
  const [mutating, validating] = await Promise.all([cluster.list(MUTATING), cluster.list(VALIDATING)]);
  return defaultOwnerOf(mutating, validating);
}

/** Throws `BrokenWorld` when the default is not whose it was. */
export async function verifyDefaultUnmoved(cluster: ClusterPort, before: DefaultOwner): Promise<void> {
  const [was, is] = [sayDefaultOwner(before), sayDefaultOwner(await readDefaultOwner(cluster))];
  if (was === is) return;
  throw new BrokenWorld(`the default moved while the control plane was installed: before ${was}; now ${is}`, {
    remedy:
      before.tag === undefined && !before.unrevisioned
        ? 'Nobody injected by default: take it away at once with `istioctl tag remove default -y`, and see who set it.'
        : `Put it back at once with \`istioctl tag set default --revision ${before.tag ?? 'default'} --overwrite -y\`, and see who moved it.`,
  });
}
