// Which strings of a kubeconfig must never be printed? Every user's, not only ours: a file that is wrong is quoted by others too.
import { existsSync, readFileSync } from 'node:fs';
import { type Document, type Entry, isRecord } from './kubeconfig-document.ts';

/** Shorter ones are no secrets, and masking them would riddle the log. */
const SHORTEST = 4;
const PROVIDER_SECRETS = ['id-token', 'refresh-token', 'access-token', 'client-secret'];
const SECRET_NAME = /token|secret|password|passwd|credential|api_?key|access_?key/iu;

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
  const plugin = isRecord(body['exec']) ? body['exec']['env'] : undefined;
  return [
    ...texts(body, ['token', 'password']),
    ...texts(body, ['client-key-data']).flatMap((data) => [data, ...keyLines(Buffer.from(data, 'base64').toString())]),
    ...texts(body, ['client-key']).flatMap((file) => keyLines(contentOf(file))),
    ...texts(body, ['tokenFile', 'token-file']).map(contentOf),
    ...(isRecord(provider) ? texts(provider, PROVIDER_SECRETS) : []),
    ...(Array.isArray(plugin) ? plugin.flatMap((each: unknown) => secretVariable(each)) : []),
  ];
}

const texts = (from: Readonly<Record<string, unknown>>, fields: readonly string[]): readonly string[] =>
  fields.map((field) => from[field]).filter((value) => typeof value === 'string');

/** A log shows lines, so each line of a key is a secret of its own. */
const keyLines = (pem: string): readonly string[] =>
  pem.split(/\r?\n/u).filter((line) => line.length >= 16 && !line.startsWith('-----'));

const secretVariable = (each: unknown): readonly string[] =>
  isRecord(each) && typeof each['name'] === 'string' && SECRET_NAME.test(each['name']) ? texts(each, ['value']) : [];

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
