// What does a kubeconfig file give access to, and how is one written? Bearer tokens only: the test cluster knows nothing else.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { Access } from './transport.ts';

interface Kubeconfig {
  'current-context': string;
  contexts: { name: string; context: { cluster: string; user: string } }[];
  clusters: {
    name: string;
    cluster: { server: string; 'certificate-authority'?: string; 'certificate-authority-data'?: string };
  }[];
  users: { name: string; user: { token?: string; tokenFile?: string } }[];
}

export function readKubeconfig(path: string): Access {
  const config: Kubeconfig = parse(readFileSync(path, 'utf8'));
  const beside = (file: string) => readFileSync(resolve(dirname(path), file), 'utf8');
  const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
  const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users.find(({ name }) => name === context?.user)?.user;
  const token = user?.tokenFile === undefined ? user?.token : beside(user.tokenFile).trim();
  if (cluster === undefined || token === undefined) {
    throw new Error(`${path} names no cluster and no token for its current context`);
  }
  const data = cluster['certificate-authority-data'];
  const ca =
    data === undefined ? beside(cluster['certificate-authority'] ?? '') : Buffer.from(data, 'base64').toString();
  return { server: cluster.server, ca, token };
}

/** With `tokenFile` a client rereads the token, so that it can be renewed under a running process. */
export function writeKubeconfig(
  path: string,
  server: string,
  caFile: string,
  user: { token: string } | { tokenFile: string },
): void {
  const config: Kubeconfig & { apiVersion: 'v1'; kind: 'Config' } = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test-cluster',
    contexts: [{ name: 'test-cluster', context: { cluster: 'test-cluster', user: 'user' } }],
    clusters: [{ name: 'test-cluster', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'user', user }],
  };
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
