// Are we a pod, and which one? By what every pod finds in itself: its ServiceAccount's namespace and, as its host name, its name.
import { readText } from './files.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface RunnerPod {
  readonly namespace: string;
  readonly name: string;
}

/** Undefined outside a pod. Of which cluster it is, nothing tells: whoever knows the pods finds out. */
export async function runnerPod(host: string, serviceAccount = SERVICE_ACCOUNT): Promise<RunnerPod | undefined> {
  const namespace = await readText(`${serviceAccount}/namespace`);
  return namespace.kind === 'read' ? { namespace: namespace.text.trim(), name: host } : undefined;
}
