// What would an installation of the target write, and what speaks against it? Rendered, and held against what is there; no write.
import { istioctlWouldSeizeDefault } from '../mesh/default-owner.ts';
import type { Finding } from '../mesh/finding.ts';
import type { KubeObject, WorkloadObject } from '../mesh/kinds.ts';
import { verifyOverwrites, type Pair } from '../mesh/overwrite-guard.ts';
import { partOf, verifyRender } from '../mesh/render-guard.ts';
import { revisionKindOf } from '../mesh/revision-kinds.ts';
import { versionOfImage } from '../mesh/version.ts';
import { needsToInstall } from '../plan/needs.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import type { InstallRequest, PendingRelease } from '../ports/installer.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld, NoCredentials } from '../shared/errors.ts';
import { inParallel } from '../shared/in-parallel.ts';
import { preflightRights } from './preflight-rights.ts';
import { readDefaultOwner } from './verify-control-plane.ts';
import { whileWaiting } from './while-waiting.ts';

type Looking = Pick<World, 'cluster' | 'installer' | 'clock' | 'log'>;
/** As a plan has it: whose default it must not take, beside what is to be installed. */
export type InstallOf = InstallRequest & Pick<UpgradePlan, 'source'>;
export interface Rendered {
  readonly rendered: readonly KubeObject[];
  /** Those of the rendered objects that exist already. */
  readonly pairs: readonly Pair[];
  readonly findings: readonly Finding[];
}
const AT_ONCE = 8;

/** What a look at an installation needs, and what carrying it out does. */
export const TO_LOOK = ['get'];
export const TO_INSTALL = ['get', 'create', 'patch'];

interface Checked {
  readonly findings: readonly Finding[];
  readonly rendered: readonly KubeObject[];
  /** Of the istiod that would be installed; absent where nothing would be, or its image does not tell. */
  readonly version?: string;
}

/**
 * Everything that speaks against this installation, found without a write: the tool, what it would render, whom it would overwrite,
 * and which of the `verbs` may not be used on what is rendered.
 */
export async function checkInstall(
  world: Looking,
  request: InstallOf,
  verbs: readonly string[] = TO_INSTALL,
): Promise<Checked> {
  const { rendered, findings } = await renderAndCheck(world, request, verbs);
  const version = renderedVersion(rendered);
  return { findings, rendered, ...(version === undefined ? {} : { version }) };
}

/** What would be installed, what of it is there, and all that speaks against it; of rights, only those for `verbs`. */
export async function renderAndCheck(world: Looking, request: InstallOf, verbs: readonly string[]): Promise<Rendered> {
  const { cluster, installer } = world;
  const { install, target, istioNamespace } = request;
  const nothing = { rendered: [], pairs: [] };
  if (install.kind === 'none') return { ...nothing, findings: [] };
  try {
    const tool = install.kind === 'manifest' ? undefined : await installer.tool(install.kind);
    if (tool?.kind === 'missing') return { ...nothing, findings: [missingTool(install.kind, tool.remedy)] };
    const pending = await installer.pending(request);
    if (pending !== undefined) return { ...nothing, findings: [stillPending(pending)] };
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
        ...(install.kind === 'istioctl' ? istioctlWouldSeizeDefault(await readDefaultOwner(cluster), request) : []),
        ...(install.kind === 'istioctl' ? versionNotice(tool?.version, rendered) : []),
      ],
    };
  } catch (error) {
    if (!(error instanceof BrokenWorld) || error instanceof NoCredentials) throw error;
    return { ...nothing, findings: [doesNotRender(error)] };
  }
}

/** What is there under the names of the rendered objects. */
export async function readPairs(cluster: ClusterPort, rendered: readonly KubeObject[]): Promise<readonly Pair[]> {
  const found: Pair[] = [];
  await inParallel(rendered, AT_ONCE, async (object) => {
    const kind = revisionKindOf(object);
    const live = kind && (await cluster.get(kind, object.metadata.name, object.metadata.namespace));
    if (live !== undefined) found.push({ rendered: object, live });
  });
  return found;
}

/** Everything rendered exists, istiod runs the rendered image, and every ConfigMap (among them the values) says the same. */
export function isThere(rendered: readonly KubeObject[], pairs: readonly Pair[]): boolean {
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

const missingTool = (binary: string, remedy: string): Finding => ({
  id: 'install-tool-missing',
  severity: 'blocks',
  subject: binary,
  message: `\`install: ${binary}\` needs ${binary}, and it is not on the PATH.`,
  remedy,
});
export const releaseSaid = ({ name, namespace, status, revision, since }: PendingRelease): string =>
  `Helm release ${namespace}/${name} is ${status} (revision ${revision}, since ${since})`;
const stillPending = (release: PendingRelease): Finding => ({
  id: 'install-pending',
  severity: 'blocks',
  subject: `Helm release ${release.namespace}/${release.name}`,
  message: `${releaseSaid(release)}: a helm works on it, or was killed while it did, and until that is over helm does nothing else with it.`,
  remedy: `If that helm still runs, wait for it. If it was killed, end what it began with \`helm ${release.finish.join(' ')}\`, which applies the same revision again and removes nothing, or, where nothing uses that istiod, remove it with \`helm uninstall ${release.name} --namespace ${release.namespace}\`. Then run the same command again.`,
});
const doesNotRender = (error: BrokenWorld): Finding => ({
  id: 'install-does-not-render',
  severity: 'blocks',
  subject: 'install',
  message: `What would be installed cannot be rendered: ${error.message}.`,
  remedy: error.remedy,
});

/** Istio recommends an istioctl of the control plane's own version (https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/). */
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
