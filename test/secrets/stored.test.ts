import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ApiError, type KubeList, type KubeObject } from '../cluster/api.ts';
import { searchOf } from './stored.ts';

const SECRET = 'p$ss "word"';
/** A cluster that has these objects, by the last word of their list's path, and serves no other kinds. */
const holding = (objects: Readonly<Record<string, readonly object[]>>): Parameters<typeof searchOf>[0] => ({
  list: async <T extends KubeObject>(path: string): Promise<KubeList<T>> => {
    const items = objects[path.slice(path.lastIndexOf('/') + 1)];
    if (items === undefined) throw new ApiError('GET', path, 404, '');
    return JSON.parse(JSON.stringify({ metadata: {}, items }));
  },
});
const broken: Parameters<typeof searchOf>[0] = {
  list: async (path) => {
    throw new ApiError('GET', path, 503, '');
  },
};
const journal = { name: 'istio-canary-upgrade', namespace: 'istio-system' };
const text = JSON.stringify({ reason: `Prometheus said ${SECRET}` });

describe('a secret in the cluster', () => {
  it.each([
    ['an annotation', 'namespaces', { metadata: { name: 'web', annotations: { why: SECRET } } }, 'namespaces web'],
    ['a label’s name', 'namespaces', { metadata: { name: 'web', labels: { [SECRET]: '' } } }, 'namespaces web'],
    [
      'JSON within JSON',
      'configmaps',
      { metadata: journal, data: { 'journal.json': text } },
      'configmaps istio-system/istio-canary-upgrade',
    ],
    [
      'a compressed journal',
      'configmaps',
      { metadata: journal, binaryData: { 'journal.json.gz': gzipSync(text).toString('base64') } },
      'configmaps istio-system/istio-canary-upgrade',
    ],
    [
      'what others wrote down',
      'events',
      { metadata: { name: 'e', namespace: 'web' }, message: SECRET },
      'events web/e',
    ],
  ])('is found in %s', async (_where, kind, object, named) => {
    await expect(searchOf(holding({ [kind]: [object] }))([SECRET])).rejects.toThrow(
      `a secret leaked: it stands in ${named}`,
    );
  });

  it('is found after a later run too, which was not given it', async () => {
    const namespaces: object[] = [];
    const search = searchOf(holding({ namespaces }));
    await search([SECRET]);
    namespaces.push({ metadata: { name: 'web', annotations: { why: SECRET } } });
    await expect(search(['another'])).rejects.toThrow('namespaces web');
  });

  it('is not called absent where the API server did not answer', async () => {
    await expect(searchOf(broken)([SECRET])).rejects.toThrow('503');
  });
});
