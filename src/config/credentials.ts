// Which strings are well-formed credentials and paths to them? No message repeats what it was given.
import { bad, ok, type Parsed } from './parsed.ts';

/** A path, not the file's content: content is refused without a word of it. */
export function parseKubeconfigPath(text: string): Parsed<string> {
  return /[\r\n{}]/u.test(text) || /\b(?:apiVersion|clusters|users)\s*:/u.test(text) || text.length > 4096
    ? bad('this is the content of a kubeconfig; it belongs into a file, whose path goes here')
    : ok(text);
}

/** A bearer token: one word of printable characters, without `Bearer` before it. */
export function parseToken(text: string): Parsed<string> {
  if (/^bearer\s/iu.test(text)) return bad('the token begins with "Bearer"; give the token alone');
  return /^[\u0021-\u007E]+$/u.test(text)
    ? ok(text)
    : bad('the token has spaces, line breaks or unprintable characters');
}

/** `-----`, as a kubeconfig's `certificate-authority-data` begins. */
const PEM_IN_BASE64 = 'LS0tLS1';

/** PEM certificates, or a path to them; a private key is refused. */
export function parseCertificate(text: string): Parsed<string> {
  if (text.startsWith(PEM_IN_BASE64))
    return bad('this is base64; give the PEM text itself, or the path of a file with it');
  if (text.includes('PRIVATE KEY')) return bad('this is a private key; only certificates belong here');
  if (text.includes('-----BEGIN CERTIFICATE-----') || !/[\r\n]/u.test(text)) return ok(text);
  return bad('this is neither a path nor PEM text that begins with -----BEGIN CERTIFICATE-----');
}

/** The path, where the text is one. */
export const certificatePath = (text: string): string | undefined =>
  parseCertificate(text).kind === 'ok' && !text.includes('-----BEGIN') ? text : undefined;
