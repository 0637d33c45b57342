// How are files read and written? Text only; a failure names the file and says why in words.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { whyNot } from '../../shared/error-words.ts';

export type FileText =
  | { readonly kind: 'read'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly message: string };

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
