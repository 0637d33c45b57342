// Which cluster do we talk to, as whom? Finds the kubeconfig, chooses one context and checks what client-node leaves
// unchecked. Names get into messages, contents never.
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Finding } from '../../mesh/finding.ts';
import { whyNot } from '../../shared/error-words.ts';
import type { Result } from '../../shared/result.ts';
import { Credentials, OURS } from './credentials.ts';
import { type Choice, choose } from './kubeconfig-choice.ts';
import { type Document, NotAKubeconfig, joined, parseDocument } from './kubeconfig-document.ts';
import { secretsIn } from './kubeconfig-secrets.ts';
import { PooledKubeConfig } from './pooled-config.ts';

export interface KubeconfigWish {
  /** Input `kubeconfig`: one path; wins over `environment`. */
  readonly path?: string;
  /** `$KUBECONFIG`: one or more paths. */
  readonly environment?: string;
  /** Where `.kube/config` may lie. */
  readonly home?: string;
  readonly context?: string;
  /** The environment: proxies, the address of a pod's own API server, and what credential plugins run with. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Told every secret as soon as it is known, also those that plugins and token files bring later. */
  readonly mask?: (secret: string) => void;
  /** Where a pod finds its credentials. */
  readonly serviceAccount?: string;
}
export interface LoadedKubeconfig {
  readonly config: PooledKubeConfig;
  /** The files it was made of, as tools take them in `KUBECONFIG`; absent in a pod without one. */
  readonly files?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A config with one existing context, cluster and user; or what is wrong with it. */
export function loadKubeconfig(wish: KubeconfigWish): Result<LoadedKubeconfig, Finding> {
  const { variables = {}, mask = () => undefined } = wish;
  const read = (): Result<{ readonly choice: Choice; readonly files?: string }, Finding> => {
    const found = find(wish, variables);
    if (found.kind === 'problems') return found;
    const { document, files } = found.value;
    for (const secret of secretsIn(document, variables)) mask(secret);
    const chosen = choose(document, wish.context, variables);
    if (chosen.kind === 'problems') return chosen;
    return { kind: 'ok', value: { choice: chosen.value, ...(files === undefined ? {} : { files }) } };
  };
  const first = read();
  if (first.kind === 'problems') return first;
  const { choice, files } = first.value;
  const config = new PooledKubeConfig();
  fill(config, choice, mask);
  let current = choice;
  config.useSource(() => {
    const again = read();
    if (again.kind === 'problems' || !isRenewed(current, again.value.choice)) return false;
    current = again.value.choice;
    fill(config, current, mask);
    return true;
  });
  return { kind: 'ok', value: { config, ...(files === undefined ? {} : { files }) } };
}

/** The same cluster with other credentials; another cluster is never changed to under way. */
const isRenewed = (before: Choice, after: Choice): boolean =>
  JSON.stringify(before.cluster) === JSON.stringify(after.cluster) &&
  JSON.stringify([before.user, before.credentials]) !== JSON.stringify([after.user, after.credentials]);

interface Found {
  readonly document: Document;
  readonly files?: string;
}

function find(wish: KubeconfigWish, variables: Readonly<Record<string, string | undefined>>): Result<Found, Finding> {
  if (wish.path !== undefined) return readFiles([wish.path], 'input kubeconfig');
  const listed = wish.environment ?? '';
  if (isContent(listed)) return contentInstead('KUBECONFIG');
  const paths = listed.split(delimiter).filter((path) => path !== '');
  if (paths.length > 0) {
    const present = paths.filter((path) => existsSync(path)); // as kubectl does: the list may name files to come
    return readFiles(present.length === 0 ? paths : present, 'KUBECONFIG');
  }
  const ownFile = wish.home === undefined ? undefined : join(wish.home, '.kube', 'config');
  if (ownFile !== undefined && existsSync(ownFile)) return readFiles([ownFile], ownFile);
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = variables;
  const account = wish.serviceAccount ?? SERVICE_ACCOUNT;
  if (host !== undefined && existsSync(join(account, 'token'))) {
    return { kind: 'ok', value: { document: inCluster(host, port, account) } };
  }
  const noOwn = ownFile === undefined ? 'HOME is not set' : `there is no file ${ownFile}`;
  return refuse(
    'kubeconfig-missing',
    'kubeconfig',
    `there is no kubeconfig: none is given, KUBECONFIG is not set, ${noOwn}, and this is not a pod with a service account`,
    'Log in to the cluster in a step before this one, or set `kubeconfig` to the path of the file.',
  );
}

function readFiles(paths: readonly string[], subject: string): Result<Found, Finding> {
  const documents: Document[] = [];
  for (const path of paths) {
    if (isContent(path)) return contentInstead(subject);
    try {
      documents.push(parseDocument(readFileSync(path, 'utf8'), path));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') {
        const [message, remedy] = path.startsWith('~')
          ? [`there is no file ${path}: no shell has replaced its \`~\``, 'Write the home directory out.']
          : [
              `there is no file ${path}`,
              'Check the path; the step that logs in to the cluster must come before this one.',
            ];
        return refuse('kubeconfig-missing', subject, message, remedy);
      }
      const why = error instanceof NotAKubeconfig ? error.message : whyNot(error);
      const remedy = 'Check that the path is that of a kubeconfig, readable for the user that runs this.';
      return refuse('kubeconfig-unreadable', subject, `the kubeconfig ${path} cannot be read: ${why}`, remedy);
    }
  }
  return { kind: 'ok', value: { document: joined(documents), files: paths.join(delimiter) } };
}

function fill(config: PooledKubeConfig, choice: Choice, mask: (secret: string) => void): void {
  const { context, cluster, user, credentials } = choice;
  config.loadFromString(
    JSON.stringify({
      'current-context': context.name,
      contexts: [context],
      clusters: [cluster],
      users: [
        credentials === undefined
          ? user
          : { ...user, user: { ...user.body, 'auth-provider': { name: OURS, config: {} } } },
      ].map(({ name, body, ...rest }) => ({ name, user: body, ...rest })),
    }),
  );
  config.useCredentials(credentials === undefined ? undefined : new Credentials(credentials, mask));
}

function inCluster(host: string, port: string, account: string): Document {
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const name = 'in-cluster';
  return {
    currentContext: name,
    contexts: [{ name, body: { cluster: name, user: name } }],
    clusters: [{ name, body: { server, 'certificate-authority': join(account, 'ca.crt') } }],
    users: [{ name, body: { tokenFile: join(account, 'token') } }],
  };
}

/** A whole kubeconfig where its path belongs: never to be repeated. */
const isContent = (text: string): boolean =>
  /[\r\n{}]/u.test(text) || /\b(?:apiVersion|clusters|users)\s*:/u.test(text) || text.length > 4096;

const contentInstead = (subject: string): Result<never, Finding> =>
  refuse(
    'kubeconfig-unreadable',
    subject,
    'this is the content of a kubeconfig, or no path at all',
    'Write the content into a file and give its path: a cloud login action does both.',
  );

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

function refuse(id: string, subject: string, message: string, remedy: string): Result<never, Finding> {
  return { kind: 'problems', problems: [{ id, severity: 'blocks', subject, message, remedy }] };
}
