// When do credentials run out, as far as that can be read off them? A JWT's `exp` (RFC 7519), a certificate's `notAfter`. Judges
// nothing, and is wrong about no credential: an opaque token says nothing.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { User } from '@kubernetes/client-node';

/** ms since the epoch; the earlier one where there are two; undefined where they do not say. */
export function endOfCredentials({ token, certData, certFile }: User): number | undefined {
  const ends = [token === undefined ? undefined : endOfToken(token), endOfCertificate(certData, certFile)];
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function endOfToken(token: string): number | undefined {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]*$/u.exec(token.trim()) ?? [];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const exp: unknown = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  } catch {
    return undefined; // three words with dots between them, and no JWT
  }
}

function endOfCertificate(data: string | undefined, file: string | undefined): number | undefined {
  try {
    const pem = data === undefined || data === '' ? file && readFileSync(file) : Buffer.from(data, 'base64');
    return pem === undefined || pem === '' ? undefined : new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined; // whoever connects with it says what is wrong
  }
}
