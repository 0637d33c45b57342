// Which context, cluster and user of a kubeconfig are ours, and can we use them? Refuses what would only fail later, or
// silently mean something else.
import type { Finding } from '../../mesh/finding.ts';
import type { Result } from '../../shared/result.ts';
import type { CredentialSource } from './credentials.ts';
import { type Document, type Entry, isRecord } from './kubeconfig-document.ts';
import { proxyFor } from './proxy-choice.ts';

type Variables = Readonly<Record<string, string | undefined>>;
export interface Choice {
  /** As a kubeconfig has them. */
  readonly context: { readonly name: string; readonly context: Readonly<Record<string, unknown>> };
  readonly cluster: { readonly name: string; readonly cluster: Readonly<Record<string, unknown>> };
  readonly user: Entry;
  /** Credentials that are ours to bring, and no longer in `user`. */
  readonly credentials?: CredentialSource;
}

/** `wanted` is the input `context`; without it the kubeconfig's own choice counts. */
export function choose(document: Document, wanted: string | undefined, variables: Variables): Result<Choice, Finding> {
  const names = document.contexts.map(({ name }) => name);
  const name = wanted ?? document.currentContext;
  const context = document.contexts.find((each) => each.name === name);
  if (name === undefined || context === undefined) {
    const what = name === undefined ? 'the kubeconfig has no current context' : `the kubeconfig has no context ${name}`;
    const have = names.length === 0 ? 'it has none at all' : `it has ${names.join(', ')}`;
    const remedy = names.length === 0 ? 'Log in to the cluster again.' : 'Set `context` to one of these.';
    return refuse('kubeconfig-unknown-context', 'context', `${what}; ${have}`, remedy);
  }
  const cluster = document.clusters.find((each) => each.name === context.body['cluster']);
  if (cluster === undefined || typeof cluster.body['server'] !== 'string' || cluster.body['server'] === '') {
    return refuse('kubeconfig-no-cluster', `context ${name}`, `context ${name} names no cluster with a server`, REPAIR);
  }
  const user = document.users.find((each) => each.name === context.body['user']);
  if (user === undefined) {
    return refuse(
      'kubeconfig-no-user',
      `context ${name}`,
      `context ${name} names no user that the kubeconfig has`,
      REPAIR,
    );
  }
  const trouble = troubleWith(cluster.body['server'], cluster) ?? troubleWithUser(user);
  if (trouble !== undefined) return trouble;
  const { exec, tokenFile, 'token-file': tokenFileToo, ...rest } = user.body;
  const source = sourceOf(exec, tokenFile ?? tokenFileToo, cluster, variables);
  return {
    kind: 'ok',
    value: {
      context: { name, context: context.body },
      cluster: { name: cluster.name, cluster: withProxy(cluster.body, cluster.body['server'], variables) },
      user: { name: user.name, body: source === undefined ? idTokenAsToken(rest) : rest },
      ...(source === undefined ? {} : { credentials: source }),
    },
  };
}

const REPAIR = 'Set `context` to another one, or log in to the cluster again.';

function troubleWith(server: string, cluster: Entry): Result<never, Finding> | undefined {
  const url = URL.parse(server);
  const why =
    url === null || !/^https?:$/u.test(url.protocol)
      ? 'its server is not an http(s) address'
      : url.username !== '' || url.password !== ''
        ? "its server's address has credentials in it"
        : url.protocol === 'http:' && cluster.body['insecure-skip-tls-verify'] !== true
          ? 'its server is reached over plain http without `insecure-skip-tls-verify: true`'
          : undefined;
  const subject = `cluster ${cluster.name}`;
  return why === undefined
    ? undefined
    : refuse('kubeconfig-unusable-cluster', subject, `${subject} of the kubeconfig cannot be used: ${why}`, REPAIR);
}

function troubleWithUser({ name, body }: Entry): Result<never, Finding> | undefined {
  const subject = `user ${name}`;
  const provider = body['auth-provider'];
  if (provider !== undefined && provider !== null && !isPlainOidc(provider)) {
    const what = isRecord(provider) && typeof provider['name'] === 'string' ? ` ${provider['name']}` : '';
    return refuse(
      'kubeconfig-unusable-user',
      subject,
      `${subject} of the kubeconfig cannot be used: its auth-provider${what} is not supported (\`oidc\` is, without \`exec\` and \`tokenFile\` in it)`,
      'Log in to the cluster with a credential plugin (`exec`), such as gke-gcloud-auth-plugin or kubelogin: kubectl has given up such providers too.',
    );
  }
  const impersonates = ['as-groups', 'as-uid', 'as-user-extra'].find((field) => body[field] !== undefined);
  const { exec } = body;
  const why =
    impersonates !== undefined
      ? `it impersonates with \`${impersonates}\`, which is not supported (\`as\` is)`
      : isRecord(exec) && exec['interactiveMode'] === 'Always'
        ? 'its credential plugin wants a terminal (`interactiveMode: Always`)'
        : exec !== undefined && exec !== null && (!isRecord(exec) || typeof exec['command'] !== 'string')
          ? 'its credential plugin has no command'
          : undefined;
  const remedy = 'Use a user that can work without a person, such as a service account.';
  return why === undefined
    ? undefined
    : refuse('kubeconfig-unusable-user', subject, `${subject} of the kubeconfig cannot be used: ${why}`, remedy);
}

/** Of any other, and of these two fields, client-node makes commands without a time limit, or tokens that nobody has masked. */
function isPlainOidc(provider: unknown): boolean {
  if (!isRecord(provider) || provider['name'] !== 'oidc') return false;
  const { config } = provider;
  return !isRecord(config) || (config['exec'] === undefined && config['tokenFile'] === undefined);
}

/** What client-node renews an id-token with; without one of them it goes on as nobody, once that has ended. */
const TO_RENEW = ['client-id', 'refresh-token', 'idp-issuer-url'];

/** An id-token that nothing renews is a token like any other: its end can be read, and the API server answers for it. */
function idTokenAsToken(body: Entry['body']): Entry['body'] {
  const { 'auth-provider': provider, ...rest } = body;
  const config = isRecord(provider) && isRecord(provider['config']) ? provider['config'] : {};
  if (typeof config['id-token'] !== 'string' || TO_RENEW.every((field) => Boolean(config[field]))) return body;
  return { ...rest, token: rest['token'] ?? config['id-token'] };
}

function sourceOf(
  exec: unknown,
  tokenFile: unknown,
  cluster: Entry,
  variables: Variables,
): CredentialSource | undefined {
  if (typeof tokenFile === 'string') return { kind: 'token-file', path: tokenFile };
  if (!isRecord(exec) || typeof exec['command'] !== 'string') return undefined;
  const { command, args, env, apiVersion, installHint, provideClusterInfo } = exec;
  const additions = list(env).flatMap((each) =>
    isRecord(each) && typeof each['name'] === 'string' && typeof each['value'] === 'string'
      ? [[each['name'], each['value']]]
      : [],
  );
  return {
    kind: 'exec',
    plugin: {
      command,
      args: list(args).map(String),
      env: { ...variables, ...Object.fromEntries(additions) },
      apiVersion: typeof apiVersion === 'string' ? apiVersion : 'client.authentication.k8s.io/v1',
      ...(typeof installHint === 'string' ? { installHint } : {}),
      ...(provideClusterInfo === true ? { cluster: cluster.body } : {}),
    },
  };
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** client-node ignores the environment's proxies, and stumbles over a `%` that stands for itself, as curl lets it. */
function withProxy(body: Entry['body'], server: string, variables: Variables): Entry['body'] {
  const proxy = body['proxy-url'] ?? proxyFor(server, variables);
  return typeof proxy === 'string' ? { ...body, 'proxy-url': proxy.replace(/%(?![\da-f]{2})/giu, '%25') } : body;
}

function refuse(id: string, subject: string, message: string, remedy: string): Result<never, Finding> {
  return { kind: 'problems', problems: [{ id, severity: 'blocks', subject, message, remedy }] };
}
