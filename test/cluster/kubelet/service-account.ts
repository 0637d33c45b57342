// How does a process hold its pod's ServiceAccount token? In a file, bound to the pod, renewed before it expires.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Api, KubeObject } from '../api.ts';
import type { Pod } from './pod.ts';

interface TokenRequest extends KubeObject {
  status: { token: string };
}

const lifetimeSeconds = 3600;

export async function requestToken(api: Api, namespace: string, name: string, boundTo?: Pod): Promise<string> {
  const { status } = await api.create<TokenRequest>(`/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      expirationSeconds: lifetimeSeconds,
      ...(boundTo !== undefined && {
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: boundTo.metadata.name, uid: boundTo.metadata.uid },
      }),
    },
  });
  return status.token;
}

/** The token's file; clients read it again by themselves. */
export async function keepToken(api: Api, pod: Pod, directory: string, signal: AbortSignal): Promise<string> {
  const file = join(directory, 'token');
  const renew = async (): Promise<void> => {
    const token = await requestToken(api, pod.metadata.namespace, pod.spec.serviceAccountName ?? 'default', pod);
    writeFileSync(`${file}.new`, token, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  await renew();
  const timer = setInterval(
    () => void renew().catch((error: unknown) => console.error(`${pod.metadata.name}: no new token:`, error)),
    lifetimeSeconds * 1000 * 0.5,
  );
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  return file;
}
