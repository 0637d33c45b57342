// Phase 2: how does the target's istiod come to stand beside the source's? First everything is rendered and judged, then installed,
// then proven. Never base, CRDs, gateways, CNI, ztunnel or tags, and never an object that is not the target's.
import { istioctlWouldSeizeDefault } from '../mesh/default-owner.ts';
import type { Finding } from '../mesh/finding.ts';
import { nameOf, DEPLOYMENT, type KubeObject, type WorkloadObject } from '../mesh/kinds.ts';
import { verifyOverwrites, type Pair } from '../mesh/overwrite-guard.ts';
import { partOf, verifyRender } from '../mesh/render-guard.ts';
import { REVISION_KINDS, revisionKindOf } from '../mesh/revision-kinds.ts';
import { refOf } from '../mesh/revision-objects.ts';
import { versionOfImage } from '../mesh/version.ts';
import { needsToInstall } from '../plan/needs.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { InstallRequest } from '../ports/installer.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { preflightRights } from './preflight-rights.ts';
import {
  isVerified,
  readDefaultOwner,
  verifyControlPlane,
  verifyDefaultUnmoved,
  type Verified,
} from './verify-control-plane.ts';
import { whileWaiting } from './while-waiting.ts';

type Looking = Pick<World, 'cluster' | 'installer' | 'clock' | 'log'>;
interface Judged {
  readonly rendered: readonly KubeObject[];
  /** Those of the rendered objects that exist already. */
  readonly pairs: readonly Pair[];
  readonly findings: readonly Finding[];
}
const AT_ONCE = 8;

/** What a look at an installation needs, and what carrying it out does. */
export const TO_LOOK = ['get'];
export const TO_INSTALL = ['get', 'create', 'patch'];

export interface Checked {
  readonly findings: readonly Finding[];
  /** Of the istiod that would be installed; absent where nothing would be, or its image does not tell. */
  readonly version?: string;
}

/**
 * Everything that speaks against this installation, found without a write: the tool, what it would render, whom it would overwrite,
 * and which of the `verbs` may not be used on what is rendered.
 */
export async function checkInstall(
  world: Looking,
  request: InstallRequest,
  verbs: readonly string[] = TO_INSTALL,
): Promise<Checked> {
  const { rendered, findings } = await judge(world, request, verbs);
  const version = renderedVersion(rendered);
  return { findings, ...(version === undefined ? {} : { version }) };
}

/**
 * The target is installed and proven when it resolves, and the default is whose it was. Does nothing but prove where everything that
 * would be installed is there already. Throws `BrokenWorld` before the first write when a check forbids it.
 */
export async function installControlPlane(world: World, request: InstallRequest): Promise<Verified> {
  const { target, istioNamespace, install } = request;
  const before = await readDefaultOwner(world.cluster);
  const { rendered, pairs, findings } = await judge(world, request, []);
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

async function judge(world: Looking, request: InstallRequest, verbs: readonly string[]): Promise<Judged> {
  const { cluster, installer } = world;
  const { install, target, istioNamespace } = request;
  const nothing = { rendered: [], pairs: [] };
  if (install.kind === 'none') return { ...nothing, findings: [] };
  try {
    const tool = install.kind === 'manifest' ? undefined : await installer.tool(install.kind);
    if (tool?.kind === 'missing') return { ...nothing, findings: [missingTool(install.kind, tool.remedy)] };
    const rendered = await whileWaiting(world, `${install.kind} to render ${target}`, async () =>
      installer.render(request),
    );
    const ours = rendered.filter((object) => partOf(object, target, istioNamespace) === 'target');
    const forbidden = verbs.length === 0 ? [] : await preflightRights(cluster, needsToInstall(ours, verbs));
    const pairs = forbidden.length > 0 ? [] : await readPairs(cluster, ours);
    return {
      rendered,
      pairs,
      findings: [
        ...verifyRender(rendered, target, istioNamespace),
        ...forbidden,
        ...verifyOverwrites(pairs, target, install.kind),
        ...(install.kind === 'istioctl' ? istioctlWouldSeizeDefault(await readDefaultOwner(cluster), target) : []),
        ...(install.kind === 'istioctl' ? versionNotice(tool?.version, rendered) : []),
      ],
    };
  } catch (error) {
    if (!(error instanceof BrokenWorld)) throw error;
    return { ...nothing, findings: [doesNotRender(error)] };
  }
}

/** What is there under the names of the rendered objects. */
async function readPairs(cluster: ClusterPort, rendered: readonly KubeObject[]): Promise<readonly Pair[]> {
  const found: Pair[] = [];
  await inParallel(rendered, AT_ONCE, async (object) => {
    const kind = revisionKindOf(object);
    const live = kind && (await cluster.get(kind, object.metadata.name, object.metadata.namespace));
    if (live !== undefined) found.push({ rendered: object, live });
  });
  return found;
}

/** Everything rendered exists, istiod runs the rendered image, and every ConfigMap (among them the values) says the same. */
function isThere(rendered: readonly KubeObject[], pairs: readonly Pair[]): boolean {
  return (
    pairs.length === rendered.length &&
    pairs.every(
      (pair) => istiodImage(pair.rendered) === istiodImage(pair.live) && dataOf(pair.rendered) === dataOf(pair.live),
    )
  );
}

function dataOf(object: KubeObject): string {
  const data = 'data' in object && typeof object.data === 'object' ? object.data : {};
  return JSON.stringify(Object.entries(data ?? {}).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** Image of the `discovery` container; undefined for anything but istiod's Deployment. */
function istiodImage(object: KubeObject): string | undefined {
  if (!isWorkload(object)) return undefined;
  return object.spec.template.spec.containers.find(({ name }) => name === 'discovery')?.image;
}
function renderedVersion(rendered: readonly KubeObject[]): string | undefined {
  const image = rendered.map((object) => istiodImage(object)).find((found) => found !== undefined);
  return image === undefined ? undefined : versionOfImage(image);
}
function isWorkload(object: KubeObject): object is WorkloadObject {
  if (!('spec' in object)) return false;
  const { spec } = object;
  return typeof spec === 'object' && spec !== null && 'template' in spec;
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
  await world.intend(`install ${target} with ${install.kind}`);
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

const missingTool = (binary: string, remedy: string): Finding => ({
  id: 'install-tool-missing',
  severity: 'blocks',
  subject: binary,
  message: `\`install: ${binary}\` needs ${binary}, and it is not on the PATH.`,
  remedy,
});
const doesNotRender = (error: BrokenWorld): Finding => ({
  id: 'install-does-not-render',
  severity: 'blocks',
  subject: 'install',
  message: `What would be installed cannot be rendered: ${error.message}.`,
  remedy: error.remedy,
});

/** Istio promises nothing for an istioctl that is not the version it installs (istio.md F.1). */
function versionNotice(tool: string | undefined, rendered: readonly KubeObject[]): readonly Finding[] {
  const version = renderedVersion(rendered);
  if (tool === undefined || version === undefined || tool === version) return [];
  return [
    {
      id: 'istioctl-version-differs',
      severity: 'notice',
      subject: 'istioctl',
      message: `istioctl is ${tool} and installs istiod ${version}.`,
      remedy: `Use istioctl ${version}.`,
    },
  ];
}
