// How does a form reach Prometheus over HTTP? Bounded in size and time, no redirects. Never shows a header: axios' own errors do, so
// nothing of them but their code leaves this file.
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { AxiosError, create } from 'axios';
import type { PrometheusAccess } from '../../config/config.ts';
import type { Bounds, PrometheusTransport } from '../../ports/prometheus.ts';
import { CONNECTIONS } from '../../shared/error-words.ts';
import { BrokenWorld } from '../../shared/errors.ts';

/** A transport to `access.url`. Throws `BrokenWorld` where the CA can't be read. */
export async function httpTransport(access: PrometheusAccess): Promise<PrometheusTransport> {
  const ca = access.ca === undefined ? undefined : await readCa(access.ca);
  const client = create({
    headers: {
      ...access.headers,
      ...(access.token === undefined ? {} : { Authorization: `Bearer ${access.token}` }),
      'Content-Type': 'application/x-www-form-urlencoded',
      Accept: 'application/json',
      'User-Agent': 'istio-canary-upgrade',
    },
    httpsAgent: new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) }),
    maxRedirects: 0,
    responseType: 'text',
    transformResponse: [(body: unknown) => body],
    validateStatus: () => true,
  });
  const base = access.url.replace(/\/+$/, '');
  return async (path, form, bounds) => {
    const { signal, mostBytes: maxContentLength } = bounds;
    try {
      const { status, headers, data } = await client.post<unknown>(`${base}${path}`, form, {
        signal,
        maxContentLength,
      });
      const header = (name: string): string | undefined => {
        const value: unknown = headers[name];
        return typeof value === 'string' ? value : undefined;
      };
      const [date, retryAfter, location] = ['date', 'retry-after', 'location'].map(header);
      return {
        status,
        contentType: header('content-type') ?? '',
        body: typeof data === 'string' ? data : '',
        ...(date === undefined ? {} : { date }),
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...(location === undefined ? {} : { location }),
      };
    } catch (error) {
      // No `cause`: an AxiosError carries the request's headers, and the token with them.
      // oxlint-disable-next-line preserve-caught-error
      throw new Error(wordsFor(error, bounds));
    }
  };
}

async function readCa(textOrPath: string): Promise<string> {
  if (textOrPath.includes('-----BEGIN')) return textOrPath;
  try {
    return await readFile(textOrPath, 'utf8');
  } catch (error) {
    throw new BrokenWorld(`the file that prometheus-ca names can't be read: ${textOrPath}`, {
      remedy: 'Give the path of a PEM file, or its content.',
      cause: error,
    });
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ...CONNECTIONS,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted; prometheus-ca can say whom to trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted; prometheus-ca can say whom to trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted; prometheus-ca can say whom to trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted; prometheus-ca can say whom to trust',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function wordsFor(error: unknown, { mostBytes }: Bounds): string {
  const code = error instanceof AxiosError ? (error.code ?? '') : '';
  if (error instanceof AxiosError && error.message.includes('maxContentLength'))
    return `the answer is larger than ${String(mostBytes / 1024 / 1024)} MiB`;
  const words = WORDS[code];
  return words === undefined ? `the request failed (${code === '' ? 'no code' : code})` : `${words} (${code})`;
}
