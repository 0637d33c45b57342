// Which cluster do we talk to, as whom? Loads a kubeconfig and checks what client-node leaves unchecked.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { Finding } from '../../mesh/finding.ts';
import type { Result } from '../../shared/result.ts';
import { PooledKubeConfig } from './pooled-config.ts';

export interface KubeconfigWish {
  /** A path; wins over `environment`. */
  readonly path?: string;
  /** `$KUBECONFIG`: one or more paths. */
  readonly environment?: string;
  readonly home?: string;
  readonly context?: string;
  /** `$HTTPS_PROXY`; client-node ignores it by itself. */
  readonly httpsProxy?: string;
}
export interface LoadedKubeconfig {
  readonly config: PooledKubeConfig;
  /** Tokens, passwords and keys: to be masked before anything else. */
  readonly secrets: readonly string[];
}
const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** A config with an existing context, cluster and user; or what is wrong with it. Contents never get into a message. */
export function loadKubeconfig(wish: KubeconfigWish): Result<LoadedKubeconfig, Finding> {
  const config = new PooledKubeConfig();
  const where =
    wish.path ??
    (wish.environment === undefined || wish.environment === '' ? undefined : wish.environment) ??
    defaultPath(wish.home);
  try {
    if (where !== undefined) loadPaths(config, where.split(delimiter));
    else if (existsSync(SERVICE_ACCOUNT_TOKEN)) config.loadFromCluster();
    else
      return refuse(
        'kubeconfig-missing',
        'there is no kubeconfig: none is given, $KUBECONFIG is not set, and this is not a pod',
        'Log in to the cluster in a step before, or set `kubeconfig` to a path.',
      );
  } catch (error) {
    return refuse(
      'kubeconfig-unreadable',
      `the kubeconfig ${where ?? 'of this pod'} can't be read (${reasonOf(error)})`,
      'Check the path and that the file is a kubeconfig.',
    );
  }
  const names = config.getContexts().map((context) => context.name);
  if (wish.context !== undefined) {
    if (!names.includes(wish.context))
      return refuse(
        'kubeconfig-unknown-context',
        `the kubeconfig has no context ${wish.context}; it has ${names.join(', ') || 'none'}`,
        'Set `context` to one of these.',
      );
    config.setCurrentContext(wish.context);
  }
  const context = config.getCurrentContext();
  if (config.getCurrentCluster() === null)
    return refuse(
      'kubeconfig-no-cluster',
      `context ${context || '(none)'} of the kubeconfig names no cluster that it has`,
      'Set `context`, or repair the kubeconfig.',
    );
  if (config.getCurrentUser() === null)
    return refuse(
      'kubeconfig-no-user',
      `context ${context} of the kubeconfig names no user that it has`,
      'Set `context`, or repair the kubeconfig.',
    );
  if (wish.httpsProxy !== undefined && wish.httpsProxy !== '') useProxy(config, wish.httpsProxy);
  return { kind: 'ok', value: { config, secrets: secretsOf(config) } };
}

/** As kubectl does: the first file's current context counts, the others add what it lacks. */
function loadPaths(config: PooledKubeConfig, paths: readonly string[]): void {
  const [first = '', ...others] = paths.filter((path) => path !== '');
  config.loadFromFile(first);
  for (const path of others) {
    const more = new PooledKubeConfig();
    more.loadFromFile(path);
    config.mergeConfig(more, true);
  }
}

const defaultPath = (home: string | undefined): string | undefined => {
  const path = `${home ?? ''}/.kube/config`;
  return home !== undefined && existsSync(path) ? path : undefined;
};

function keyText(base64: string | undefined, file: string | undefined): string[] {
  if (base64 !== undefined) return [base64, Buffer.from(base64, 'base64').toString()];
  return file !== undefined && existsSync(file) ? [readFileSync(file, 'utf8')] : [];
}

function secretsOf(config: PooledKubeConfig): readonly string[] {
  return config
    .getUsers()
    .flatMap((user) => [
      ...(user.token === undefined ? [] : [user.token]),
      ...(user.password === undefined ? [] : [user.password]),
      ...keyText(user.keyData, user.keyFile),
    ])
    .filter((secret) => secret.length > 3);
}

function useProxy(config: PooledKubeConfig, proxyUrl: string): void {
  const current = config.getCurrentCluster();
  if (current === null || current.proxyUrl !== undefined || isLocal(current.server)) return;
  config.clusters = config
    .getClusters()
    .map((cluster) => (cluster.name === current.name ? { ...cluster, proxyUrl } : cluster));
}
const isLocal = (server: string): boolean => /^https?:\/\/(localhost|127\.|\[::1\])/.test(server);

function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return 'it is not valid YAML of a kubeconfig';
}

function refuse(id: string, message: string, remedy: string): Result<never, Finding> {
  return { kind: 'problems', problems: [{ id, severity: 'blocks', subject: 'input kubeconfig', message, remedy }] };
}
