// May a rollback write? Not while nobody is behind the source's webhooks: whoever is sent back to them then gets no pods. Waits, and
// writes nothing.
import { controlPlanesOf } from '../mesh/control-planes.ts';
import { DEPLOYMENT, MUTATING, SERVICE } from '../mesh/kinds.ts';
import { deploymentsSeen, isServed } from '../mesh/served.ts';
import type { ControlPlane } from '../mesh/snapshot.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { World } from '../ports/world.ts';
import { allOf } from '../shared/all-of.ts';
import { span } from '../slo/sentence.ts';
import { comesTrue } from './until.ts';

const BETWEEN_LOOKS_MS = 2_000;

/** Undefined as soon as the source's istiod is available; a sentence where it was not for `timeoutMs`, with what was seen last. */
export async function missingSource(
  world: World,
  plan: Pick<UpgradePlan, 'source' | 'istioNamespace'>,
  timeoutMs: number,
): Promise<string | undefined> {
  let seen: ControlPlane | undefined;
  const isThere = async (): Promise<boolean> => {
    seen = await sourcePlane(world, plan);
    return seen !== undefined && isServed(seen);
  };
  const what = `istiod ${plan.source} to have an available replica, before anything goes back to it`;
  if (await comesTrue(world, timeoutMs, what, isThere, BETWEEN_LOOKS_MS)) return undefined;
  return `istiod ${plan.source} had no available replica for ${span(timeoutMs)} (${seen === undefined ? 'it has no injector' : deploymentsSeen(seen)})`;
}

/** An istiod is there behind the source's webhooks, now. */
export async function isSourceServed(
  world: World,
  plan: Pick<UpgradePlan, 'source' | 'istioNamespace'>,
): Promise<boolean> {
  const plane = await sourcePlane(world, plan);
  return plane !== undefined && isServed(plane);
}

/** Three small lists: a whole mesh is too much to ask for every few seconds. */
async function sourcePlane(
  { cluster }: World,
  { source, istioNamespace: namespace }: Pick<UpgradePlan, 'source' | 'istioNamespace'>,
): Promise<ControlPlane | undefined> {
  const objects = await allOf({
    mutating: cluster.list(MUTATING),
    services: cluster.list(SERVICE, { namespace }),
    deployments: cluster.list(DEPLOYMENT, { namespace }),
  });
  return controlPlanesOf({ ...objects, istioNamespace: namespace }).find(({ revision }) => revision === source);
}
