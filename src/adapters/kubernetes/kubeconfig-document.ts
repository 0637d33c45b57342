// What does a kubeconfig file say? Names and bodies as they stand, paths made absolute; several files joined as kubectl
// joins them. Nothing is chosen or judged, and no error quotes the text.
import { dirname, isAbsolute, resolve } from 'node:path';
import { loadYaml } from '@kubernetes/client-node';

export interface Entry {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface Document {
  readonly currentContext?: string;
  readonly contexts: readonly Entry[];
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
}
/** The text is none; `message` says where, without quoting. */
export class NotAKubeconfig extends Error {
  override readonly name = 'NotAKubeconfig';
}

/** What `file` holds, relative paths in it made absolute; an empty file holds nothing. */
export function parseDocument(text: string, file: string): Document {
  const root = text.trim() === '' ? undefined : fromYaml(text);
  if (root === undefined || root === null) return { contexts: [], clusters: [], users: [] };
  if (!isRecord(root)) throw new NotAKubeconfig('it is not a kubeconfig');
  const current = root['current-context'];
  const directory = dirname(resolve(file));
  return {
    ...(typeof current === 'string' && current !== '' ? { currentContext: current } : {}),
    contexts: entries(root['contexts'], 'context'),
    clusters: entries(root['clusters'], 'cluster').map((entry) =>
      absolute(entry, ['certificate-authority'], directory),
    ),
    users: entries(root['users'], 'user').map((entry) =>
      withCommand(
        absolute(entry, ['client-certificate', 'client-key', 'tokenFile', 'token-file'], directory),
        directory,
      ),
    ),
  };
}

/** The first file that says something wins. */
export function joined(documents: readonly Document[]): Document {
  const current = documents.find(({ currentContext }) => currentContext !== undefined)?.currentContext;
  const firstOf = (of: (document: Document) => readonly Entry[]): readonly Entry[] =>
    documents.flatMap(of).filter(({ name }, index, all) => all.findIndex((other) => other.name === name) === index);
  return {
    ...(current === undefined ? {} : { currentContext: current }),
    contexts: firstOf(({ contexts }) => contexts),
    clusters: firstOf(({ clusters }) => clusters),
    users: firstOf(({ users }) => users),
  };
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fromYaml(text: string): unknown {
  try {
    return loadYaml<unknown>(text);
  } catch (error) {
    const mark = error instanceof Error && 'mark' in error && isRecord(error.mark) ? error.mark['line'] : undefined;
    throw new NotAKubeconfig(`it is not YAML${typeof mark === 'number' ? ` (line ${String(mark + 1)})` : ''}`);
  }
}

function entries(list: unknown, field: 'context' | 'cluster' | 'user'): readonly Entry[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new NotAKubeconfig(`its ${field}s are not a list`);
  return list.map((each: unknown, index) => {
    const name = isRecord(each) ? each['name'] : undefined;
    const body = isRecord(each) ? (each[field] ?? {}) : undefined;
    if (typeof name !== 'string' || !isRecord(body)) {
      throw new NotAKubeconfig(`${field}s[${String(index)}] has no name or no ${field}`);
    }
    return { name, body };
  });
}

function absolute(entry: Entry, fields: readonly string[], directory: string): Entry {
  const paths = fields.flatMap((field) => {
    const path = entry.body[field];
    return typeof path === 'string' && path !== '' ? [[field, isAbsolute(path) ? path : resolve(directory, path)]] : [];
  });
  return { name: entry.name, body: { ...entry.body, ...Object.fromEntries(paths) } };
}

/** A plugin given by a relative path lies beside the kubeconfig; a bare name is looked up on the PATH. */
function withCommand(entry: Entry, directory: string): Entry {
  const { exec } = entry.body;
  if (!isRecord(exec) || typeof exec['command'] !== 'string') return entry;
  const command = /[/\\]/u.test(exec['command']) ? resolve(directory, exec['command']) : exec['command'];
  return { name: entry.name, body: { ...entry.body, exec: { ...exec, command } } };
}
