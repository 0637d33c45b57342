// How does a journal's text lie in a ConfigMap? As it is, for people to read; from a certain size on compressed, since a
// ConfigMap holds 1 MiB and each write of it goes through etcd.
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ConfigMapObject } from '../../mesh/kinds.ts';
import { BrokenWorld } from '../../shared/errors.ts';
import type { JsonObject } from '../../shared/json.ts';

const PLAIN = 'journal.json';
const COMPRESSED = 'journal.json.gz';
/** Some 300 namespaces, with what was written to them, before the verdicts. */
const MOST_PLAIN_BYTES = 200_000;
/** The API server takes 1 MiB of keys and values; the rest is for the summary. */
const MOST_BYTES = 1_000_000;

export interface JournalMap extends ConfigMapObject {
  readonly binaryData?: Readonly<Record<string, string>>;
}
/** What a new ConfigMap holds. */
export type JournalData = Pick<JournalMap, 'binaryData'> & { readonly data: Readonly<Record<string, string>> };

/** Throws `BrokenWorld` where not even the compressed text would fit. */
export function dataOf(text: string): JournalData {
  if (Buffer.byteLength(text) <= MOST_PLAIN_BYTES) return { data: { [PLAIN]: text } };
  const compressed = gzipSync(text);
  if (compressed.byteLength > MOST_BYTES) {
    throw new BrokenWorld(
      `the journal would be ${String(compressed.byteLength)} bytes, compressed, which is more than a ConfigMap holds`,
      { remedy: 'Upgrade fewer namespaces at a time, with `namespaces`.' },
    );
  }
  return { data: {}, binaryData: { [COMPRESSED]: compressed.toString('base64') } };
}

/** As a merge patch that also takes away the other form, where `before` has it. */
export function patchOf({ data, binaryData }: JournalData, before: JournalMap): JsonObject {
  const wasPlain = before.data?.[PLAIN] !== undefined && data[PLAIN] === undefined;
  const wasCompressed = before.binaryData?.[COMPRESSED] !== undefined && binaryData === undefined;
  return {
    data: { ...data, ...(wasPlain ? { [PLAIN]: null } : {}) },
    ...(binaryData === undefined ? {} : { binaryData }),
    ...(wasCompressed ? { binaryData: { [COMPRESSED]: null } } : {}),
  };
}

/** The text, or undefined when there is none that can be read. */
export function textIn(map: JournalMap): string | undefined {
  const compressed = map.binaryData?.[COMPRESSED];
  if (compressed === undefined) return map.data?.[PLAIN];
  try {
    return gunzipSync(Buffer.from(compressed, 'base64')).toString('utf8');
  } catch {
    return undefined;
  }
}
