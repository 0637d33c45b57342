// Does what a run printed, handed out or stored hold a secret that it was given? Looks in every test, by its own idea of what a
// secret is: it knows nothing of how the bundle masks.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';

export interface Given {
  readonly inputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Shorter ones stand everywhere by chance. */
const SHORTEST = 6;
const SECRET_NAME = /token|secret|password|key-data|credential/iu;
/** `--client-secret=value`, or the value is the next argument; not `--token-cache-dir`. */
const SECRET_FLAG = /^-[^=]*(?:token|secret|password)(?:=(.*))?$/isu;
/** Of the address of a proxy, or of Prometheus. */
const USER_INFO = /^\s*\w+:\/\/[^/?#:]*:([^/?#]*)@/u;
/** Headers of names, not of credentials. */
const OPEN_HEADERS = /^(?:x-scope-orgid|thanos-tenant)$/iu;

/** Every secret that a run was given: in its inputs, in its environment, and in the kubeconfig that these name. */
export function secretsGiven({ inputs, env }: Given): readonly string[] {
  const headers = (inputs['prometheus-headers'] ?? '').split('\n').flatMap((line) => {
    const [name = '', ...value] = line.split(':');
    return OPEN_HEADERS.test(name.trim()) ? [] : [value.join(':').trim()];
  });
  const named = Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) ? [value ?? ''] : []));
  const addresses = [
    inputs['prometheus-url'],
    ...Object.entries(env).map(([name, value]) => (/_proxy$/iu.test(name) ? value : '')),
  ];
  const kubeconfigs = (inputs['kubeconfig'] ?? env['KUBECONFIG'] ?? '').split(':');
  const found = [
    inputs['prometheus-token'] ?? '',
    ...headers,
    ...named,
    ...addresses.flatMap(passwordIn),
    ...kubeconfigs.flatMap(secretsInKubeconfig),
  ];
  return [...new Set(found.flatMap((secret) => [secret, ...keyLines(secret)]))].filter(
    (secret) => secret.length >= SHORTEST,
  );
}

/** Throws where one of them stands in one of the texts, in whatever form: no test can overlook it. */
export function mustNotLeak(texts: Readonly<Record<string, string>>, secrets: readonly string[]): void {
  const where = leaks(texts, secrets);
  if (where.length > 0) throw new Error(`a secret leaked: it stands in ${where.join(', ')}`);
}

/** Where one of them stands; empty when nowhere. */
export function leaks(texts: Readonly<Record<string, string>>, secrets: readonly string[]): readonly string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ]);
  return Object.entries(texts).flatMap(([where, text]) => (forms.some((form) => text.includes(form)) ? [where] : []));
}

/** Every text of a kubeconfig's users that is named like a secret, what the files that they name hold, and its proxies' passwords. */
function secretsInKubeconfig(path: string): readonly string[] {
  let config: unknown;
  try {
    config = parse(readFileSync(path, 'utf8'));
  } catch {
    return []; // no file, or none that holds a user
  }
  const { users = [], clusters = [] }: { users?: unknown; clusters?: unknown } = Object(config);
  const found: string[] = [];
  const walk = (value: unknown, name: string): void => {
    if (typeof value === 'string' && /^(?:token-?file|client-key)$/iu.test(name)) found.push(contentOf(path, value));
    else if (typeof value === 'string' && name === 'proxy-url') found.push(...passwordIn(value));
    else if (typeof value === 'string' && SECRET_NAME.test(name)) found.push(value);
    else if (Array.isArray(value) && name === 'args') found.push(...secretsInArguments(value.map(String)));
    else if (Array.isArray(value)) for (const item of value) walk(item, nameIn(item));
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) walk(inner, key === 'value' ? name : key);
  };
  walk([users, clusters], '');
  return found;
}

const secretsInArguments = (args: readonly string[]): readonly string[] =>
  args.flatMap((arg, index) => {
    const flag = SECRET_FLAG.exec(arg);
    return flag === null ? [] : [flag[1] ?? args[index + 1] ?? ''];
  });

/** As it is written, and as it is meant. */
function passwordIn(address: string | undefined): readonly string[] {
  const password = USER_INFO.exec(address ?? '')?.[1];
  if (password === undefined) return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password]; // not percent-encoded
  }
}

/** Of `{name, value}`, as a plugin's environment is written. */
const nameIn = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string' ? item.name : '';

function contentOf(kubeconfig: string, file: string): string {
  try {
    return readFileSync(resolve(dirname(kubeconfig), file), 'utf8').trim();
  } catch {
    return '';
  }
}

/** A log shows lines: a line of a private key is a secret of its own. */
function keyLines(secret: string): readonly string[] {
  const pem = secret.includes('PRIVATE KEY') ? secret : Buffer.from(secret, 'base64').toString('utf8');
  if (!pem.includes('PRIVATE KEY')) return [];
  return pem.split('\n').filter((line) => line.length >= 16 && !line.startsWith('-----'));
}
