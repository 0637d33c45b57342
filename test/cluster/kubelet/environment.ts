// Which environment does a container's spec ask for? Plain values, references to the pod's fields, and $(VAR) of earlier ones.
import type { Container, Pod } from './pod.ts';

export function containerEnvironment(pod: Pod, container: Container, podIP: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, value, valueFrom } of container.env ?? []) {
    const plain = value ?? fieldOf(pod, valueFrom?.fieldRef?.fieldPath, podIP);
    if (plain === undefined) continue; // resourceFieldRef: limits of memory and CPU that nobody enforces here
    found[name] = plain.replace(/\$\((\w+)\)/g, (whole, other: string) => found[other] ?? whole);
  }
  return found;
}

function fieldOf(pod: Pod, path: string | undefined, podIP: string): string | undefined {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path ?? '') ?? [];
  if ((map === 'labels' || map === 'annotations') && key !== undefined) return pod.metadata[map]?.[key];
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec.nodeName,
    'spec.serviceAccountName': pod.spec.serviceAccountName,
    'status.podIP': podIP,
  };
  return path === undefined ? undefined : fields[path];
}
