// Phase 2: how does the target's istiod come to stand beside the source's? First everything is rendered and checked, then installed,
// then proven. Never base, CRDs, gateways, CNI, ztunnel or tags, and never an object that is not the target's.
import { nameOf, DEPLOYMENT, type KubeObject } from '../mesh/kinds.ts';
import type { Pair } from '../mesh/overwrite-guard.ts';
import { REVISION_KINDS, revisionKindOf } from '../mesh/revision-kinds.ts';
import { refOf } from '../mesh/revision-objects.ts';
import type { InstallRequest } from '../ports/installer.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { type InstallOf, isThere, readPairs, releaseSaid, renderAndCheck } from './check-install.ts';
import {
  isVerified,
  readDefaultOwner,
  verifyControlPlane,
  verifyDefaultUnmoved,
  type Verified,
} from './verify-control-plane.ts';
import { whileWaiting } from './while-waiting.ts';

/**
 * The target is installed and proven when it resolves, and the default is whose it was. Does nothing but prove where everything that
 * would be installed is there already. Throws `BrokenWorld` before the first write when a check forbids it.
 * `wasAnnounced`: an earlier run of this upgrade was about to install, so that what helm holds to be under way is what died with it.
 */
export async function installControlPlane(world: World, request: InstallOf, wasAnnounced = false): Promise<Verified> {
  const { target, istioNamespace, install } = request;
  const before = await readDefaultOwner(world.cluster);
  if (wasAnnounced) await endPending(world, request);
  const { rendered, pairs, findings } = await renderAndCheck(world, request, []);
  for (const notice of findings.filter(({ severity }) => severity === 'notice')) world.log.notice(notice.message);
  const [first, ...others] = findings.filter(({ severity }) => severity === 'blocks');
  if (first !== undefined) {
    const message = [first, ...others].map((finding) => finding.message).join(' ');
    throw new BrokenWorld(`${target} was not installed: ${message}`, { remedy: first.remedy });
  }
  if (install.kind !== 'none') {
    const there = isThere(rendered, pairs) && (await isVerified(world.cluster, target, istioNamespace));
    if (there) world.log.line(`${target} is installed already: nothing to write`);
    else await write(world, request, rendered, pairs);
  }
  const verified = await verifyControlPlane(world, target, istioNamespace);
  await verifyDefaultUnmoved(world.cluster, before);
  return verified;
}

export const installIntent = ({ install, target }: InstallRequest): string => `install ${target} with ${install.kind}`;

/** Helm does nothing with a release that is pending, it does not even render: its last revision is applied once more first. */
async function endPending(world: World, request: InstallRequest): Promise<void> {
  const pending = await world.installer.pending(request);
  if (pending === undefined) return;
  const command = `helm ${pending.finish.join(' ')}`;
  world.log.line(`${releaseSaid(pending)}, left so by a run that was killed: ${command}`);
  await world.intend(command);
  await whileWaiting(world, command, async (say) => world.installer.finish(pending, (line) => say(`helm: ${line}`)));
}

async function write(
  world: World,
  request: InstallRequest,
  rendered: readonly KubeObject[],
  pairs: readonly Pair[],
): Promise<void> {
  const { install, target } = request;
  if (install.kind === 'manifest') {
    await applyAll(world, rendered, pairs);
    return;
  }
  await world.intend(installIntent(request));
  await whileWaiting(world, `${install.kind} to install ${target}`, async (say) =>
    world.installer.install(request, (line) => say(`${install.kind}: ${line}`)),
  );
}

/** What istiod stands on first, what calls it last: a removal's order backwards. */
async function applyAll(world: World, rendered: readonly KubeObject[], pairs: readonly Pair[]): Promise<void> {
  const order = REVISION_KINDS.toReversed();
  const rank = (object: KubeObject): number => order.indexOf(revisionKindOf(object) ?? DEPLOYMENT);
  for (const object of rendered.toSorted((a, b) => rank(a) - rank(b))) {
    const name = nameOf(refOf(revisionKindOf(object) ?? DEPLOYMENT, object));
    const before = pairs.find((pair) => pair.rendered === object)?.live;
    await world.intend(`apply ${name}`);
    await world.cluster.apply(object);
    const after = await readPairs(world.cluster, [object]);
    world.log.line(`${name}: ${appliedStory(before, after[0]?.live)}${isThere([object], after) ? ', read back' : ''}`);
  }
}

/** What an apply has done, by the versions that the API server keeps. */
function appliedStory(before: KubeObject | undefined, after: KubeObject | undefined): string {
  if (before === undefined) return 'created';
  return before.metadata.resourceVersion === after?.metadata.resourceVersion ? 'was so already' : 'changed';
}
