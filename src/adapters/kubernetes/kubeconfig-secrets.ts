// Which strings of a kubeconfig must never be printed? Every user's, not only ours: a file that is wrong is quoted by others too.
import { existsSync, readFileSync } from 'node:fs';
import { type Document, type Entry, isRecord } from './kubeconfig-document.ts';

/** Shorter ones are no secrets, and masking them would riddle the log. */
const SHORTEST = 4;
const PROVIDER_SECRETS = ['id-token', 'refresh-token', 'access-token', 'client-secret'];
const SECRET_NAME = /token|secret|password|passwd|credential|api[_-]?key|access[_-]?key/iu;
/** Where a secret is, or how it is kept: `--token-cache-dir`, `AWS_WEB_IDENTITY_TOKEN_FILE`. */
const ABOUT_A_SECRET = /[_-](?:file|dir|path|storage|type|name|audience)$/iu;
/** Of a switch, such as `--oidc-use-access-token=true`; masked, every `true` of the log and the outputs would go. */
const SWITCHED = /^(?:true|false)$/iu;

/** Tokens, passwords, keys (also line by line), and passwords in proxies' addresses; never throws. */
export function secretsIn(
  document: Document,
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const proxies = [
    variables['HTTPS_PROXY'],
    variables['https_proxy'],
    variables['HTTP_PROXY'],
    variables['http_proxy'],
  ];
  const found = [
    ...document.users.flatMap(secretsOf),
    ...[...document.clusters.map(({ body }) => body['proxy-url']), ...proxies].flatMap(passwordIn),
  ];
  return [...new Set(found.map((secret) => secret.trim()).filter((secret) => secret.length >= SHORTEST))];
}

function secretsOf({ body }: Entry): readonly string[] {
  const provider = isRecord(body['auth-provider']) ? body['auth-provider']['config'] : undefined;
  const { env, args }: Readonly<Record<string, unknown>> = isRecord(body['exec']) ? body['exec'] : {};
  return [
    ...texts(body, ['token', 'password']),
    ...texts(body, ['client-key-data']).flatMap((data) => [data, ...keyLines(Buffer.from(data, 'base64').toString())]),
    ...texts(body, ['client-key']).flatMap((file) => keyLines(contentOf(file))),
    ...texts(body, ['tokenFile', 'token-file']).map(contentOf),
    ...(isRecord(provider) ? texts(provider, PROVIDER_SECRETS) : []),
    ...(Array.isArray(env) ? env.flatMap((each: unknown) => secretVariable(each)) : []),
    ...(Array.isArray(args) ? secretArguments(args.map(String)) : []),
  ];
}

const texts = (from: Readonly<Record<string, unknown>>, fields: readonly string[]): readonly string[] =>
  fields.map((field) => from[field]).filter((value) => typeof value === 'string');

/** A log shows lines, so each line of a key is a secret of its own. */
const keyLines = (pem: string): readonly string[] =>
  pem.split(/\r?\n/u).filter((line) => line.length >= 16 && !line.startsWith('-----'));

const isSecret = (name: string, value: string): boolean =>
  SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name) && !SWITCHED.test(value);

const secretVariable = (each: unknown): readonly string[] =>
  isRecord(each) ? texts(each, ['value']).filter((value) => isSecret(String(each['name']), value)) : [];

/** `--client-secret=value`, and `--client-secret value`; another flag is no value. */
const secretArguments = (args: readonly string[]): readonly string[] =>
  args.flatMap((each, index) => {
    const [, flag, joined] = /^(--?[^=]+)(?:=([\s\S]*))?$/u.exec(each) ?? [];
    const value = joined ?? args[index + 1] ?? '';
    return flag !== undefined && (joined !== undefined || !value.startsWith('--')) && isSecret(flag, value)
      ? [value]
      : [];
  });

function passwordIn(address: unknown): readonly string[] {
  const url = typeof address === 'string' ? URL.parse(address) : null;
  if (url === null || url.password === '') return [];
  try {
    return [url.password, decodeURIComponent(url.password)];
  } catch {
    return [url.password]; // not percent-encoded: it is what it says
  }
}

function contentOf(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch {
    return ''; // whoever needs the file says so
  }
}
