// Which Kubernetes objects does a YAML text, a file, a directory or a glob hold? Every document is one, or it says which is not.
import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../../mesh/kinds.ts';
import { BrokenWorld } from '../../shared/errors.ts';

/** All objects of a YAML stream, lists taken apart. Throws `BrokenWorld` with line and column, naming `source`. */
export function readObjects(text: string, source: string): readonly KubeObject[] {
  const objects: KubeObject[] = [];
  for (const document of parseAllDocuments(text)) {
    const problem = document.errors[0];
    if (problem !== undefined) throw notObjects(`${source} is not YAML: ${problem.message}`);
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    const items = isList(value) ? value.items : [value];
    for (const item of items) {
      if (!isObject(item))
        throw notObjects(`${source} holds something that is not a Kubernetes object: ${brief(item)}`);
      objects.push(item);
    }
  }
  return objects;
}

/** All objects of a file, of every YAML file below a directory, or of every file a glob matches, by path. */
export async function readManifest(path: string): Promise<readonly KubeObject[]> {
  const files = await filesOf(path);
  if (files.length === 0) throw notObjects(`install-manifest ${path} matches no YAML file`);
  const texts = await Promise.all(files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })));
  return texts.flatMap(({ file, text }) => readObjects(text, file));
}

async function filesOf(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return [path];
  const pattern = found?.isDirectory() === true ? join(path, '**/*.{yaml,yml}') : path;
  const files: string[] = [];
  for await (const file of glob(pattern)) {
    if ((await stat(file)).isFile()) files.push(file);
  }
  return files.toSorted();
}

function isObject(value: unknown): value is KubeObject {
  if (typeof value !== 'object' || value === null) return false;
  if (!('apiVersion' in value && 'kind' in value && 'metadata' in value)) return false;
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}
function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  if (typeof value !== 'object' || value === null || !('kind' in value && 'items' in value)) return false;
  return typeof value.kind === 'string' && value.kind.endsWith('List') && Array.isArray(value.items);
}

/** Kind and keys only: a Secret's values stay where they are. */
function brief(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return `an object with the keys ${Object.keys(value).slice(0, 6).join(', ')}`;
}
const notObjects = (message: string): BrokenWorld =>
  new BrokenWorld(message, { remedy: 'Give rendered Kubernetes YAML: a file, a directory or a glob of it.' });
