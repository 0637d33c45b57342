// Which proxies are of another version than the istiod that injected them? An annotation, or the pod's own template, names their image:
// the target's injector leaves it, so that such a pod is on the target by name only.
import type { MeshPod } from '../mesh/snapshot.ts';
import { versionOfImage } from '../mesh/version.ts';

/** One sentence for each workload (or pod without one) on the target, by name; empty where istiod's version is not known. */
export function strangeProxies(
  pods: readonly MeshPod[],
  target: string,
  version: string | undefined,
): readonly string[] {
  if (version === undefined) return [];
  const found = new Map<string, string>();
  for (const { injected, finished, proxyImage = '', workload, namespace, name } of pods) {
    const own = versionOfImage(proxyImage);
    if (injected !== target || finished || own === undefined || own === version) continue;
    const what = workload === undefined ? `Pod ${namespace}/${name}` : `${workload.kind} ${namespace}/${workload.name}`;
    found.set(what, own);
  }
  return [...found]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([what, own]) =>
        `${what}: injected by ${target}, but its proxy is ${own} and istiod is ${version}; the annotation sidecar.istio.io/proxyImage, or the template itself, names that image`,
    );
}
