// How are files read and written? Text only; a failure names the file and says why in words.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

export type FileText =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly message: string };

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'no space is left',
  EROFS: 'the file system is read-only',
};

/** Why a file operation failed, without the path. */
export function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? (error instanceof Error ? error.message : String(error));
}

/** The file's text, or why there is none: never throws. */
export async function readText(path: string): Promise<FileText> {
  try {
    return { kind: 'read', text: await readFile(path, 'utf8') };
  } catch (error) {
    return { kind: 'unreadable', message: `${path} cannot be read: ${whyNot(error)}` };
  }
}

/** Undefined when written (its directories too), else why it was not: never throws. */
export async function writeText(path: string, text: string): Promise<string | undefined> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return undefined;
  } catch (error) {
    return `${path} cannot be written: ${whyNot(error)}`;
  }
}
