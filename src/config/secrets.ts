// Which strings must be masked before anything can throw? Only credentials: a masked name would empty the outputs
// that contain it. Never throws, whatever it is given.
import { readConfigFile, type ConfigFile } from './config-file.ts';

/** Headers that carry names, not credentials. */
const NAMES = new Set(['x-scope-orgid', 'thanos-tenant', 'accept', 'user-agent', 'x-scope-tenant', 'accept-language']);
/** Shorter ones are no secrets, and masking them would riddle the log. */
const SHORTEST = 4;

/** The credentials in the inputs as given, and in the forms in which they travel. */
export function secretsIn(inputs: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>();
  const add = (text: string | undefined): void => {
    const secret = text?.trim() ?? '';
    if (secret.length >= SHORTEST) found.add(secret);
  };
  for (const [name, text] of Object.entries(inputs)) {
    switch (name.toLowerCase()) {
      case 'prometheus-token':
        for (const line of [text, ...text.split(/[\r\n]+/u)]) add(line.replace(/^\s*bearer\s+/iu, ''));
        break;
      case 'prometheus-headers':
        for (const line of text.split(/[\r\n]+/u)) addHeader(line, add);
        break;
      case 'prometheus-url':
        addUserInfo(text, add);
        break;
      case 'prometheus-ca':
        if (text.includes('PRIVATE KEY')) for (const line of text.split(/[\r\n]+/u)) add(pemLine(line));
        break;
      case 'kubeconfig':
        addKubeconfig(text, add);
        break;
    }
  }
  return [...found];
}

/** The credentials in a config file; none where it is not YAML, and then nothing of it is ever printed. */
export const secretsInFile = (file: ConfigFile): readonly string[] => secretsIn(readConfigFile(file).strings);

type Add = (text: string | undefined) => void;

function addHeader(line: string, add: Add): void {
  const colon = line.indexOf(':');
  if (NAMES.has(line.slice(0, Math.max(colon, 0)).trim().toLowerCase())) return;
  const value = line.slice(colon + 1).trim();
  add(value);
  const [, scheme, rest] = /^(\w+)\s+(\S+)$/u.exec(value) ?? [];
  add(rest);
  if (scheme?.toLowerCase() === 'basic' && rest !== undefined) add(passwordOf(decoded(rest)));
}

function addUserInfo(text: string, add: Add): void {
  const userInfo = /^\s*\w+:\/\/([^/?#]*)@/u.exec(text)?.[1];
  if (userInfo === undefined) return;
  const password = passwordOf(userInfo) ?? userInfo;
  add(password);
  try {
    add(decodeURIComponent(password));
  } catch {
    // Not percent-encoded: the text itself is what was added.
  }
}

/** A kubeconfig's content is refused as an input; what it holds is masked all the same. */
function addKubeconfig(text: string, add: Add): void {
  if (!/[\r\n{]/u.test(text)) return;
  for (const match of text.matchAll(
    /\b(?:token|password|client-key-data|id-token|refresh-token)["']?\s*:\s*["']?([^\s"',}]+)/gu,
  )) {
    add(match[1]);
  }
}

const passwordOf = (pair: string): string | undefined =>
  pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined;

const pemLine = (line: string): string | undefined => (line.startsWith('-----') ? undefined : line);

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}
