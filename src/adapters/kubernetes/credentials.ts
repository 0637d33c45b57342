// Which credentials does a request carry when the kubeconfig names a plugin or a file? client-node runs a plugin without a
// time limit and with our stdin, and does not know `tokenFile`; so these two are ours. Refuses plugins that want a terminal.
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { NoCredentials } from '../../shared/errors.ts';
import { type ExecCredential, type ExecPlugin, runPlugin } from './exec-plugin.ts';

type Authenticator = Parameters<KubeConfig['addAuthenticator']>[0];

/** Marks the user whose credentials come from here, for client-node's choice of an authenticator. */
export const OURS = 'istio-canary-upgrade';
/** A credential is not used in its last minute. */
const MARGIN_MS = 60_000;

export type CredentialSource =
  | { readonly kind: 'token-file'; readonly path: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

export class Credentials implements Authenticator {
  readonly #source: CredentialSource;
  readonly #mask: (secret: string) => void;
  readonly #now: () => number;
  #cached: ExecCredential | undefined;
  #running: Promise<ExecCredential> | undefined;
  #lastToken: string | undefined;
  #certificate: string | undefined;
  #certificates = 0;

  constructor(source: CredentialSource, mask: (secret: string) => void, now: () => number = Date.now) {
    this.#source = source;
    this.#mask = mask;
    this.#now = now;
  }

  /** How many client certificates there have been: another one needs new connections. */
  get certificates(): number {
    return this.#certificates;
  }

  isAuthProvider(user: User): boolean {
    const provider: unknown = user.authProvider;
    return typeof provider === 'object' && provider !== null && 'name' in provider && provider.name === OURS;
  }

  async applyAuthentication(_user: User, options: RequestOptions): Promise<void> {
    const { token, certificate, key } = await this.#current();
    if (token !== undefined)
      options.headers = Object.assign(options.headers ?? {}, { Authorization: `Bearer ${token}` });
    if (certificate !== undefined && key !== undefined) {
      options.cert = certificate;
      options.key = key;
    }
  }

  /** Drops what was just refused: asking again may bring something else. */
  forget(): void {
    this.#cached = undefined;
  }

  async #current(): Promise<ExecCredential> {
    if (this.#source.kind === 'token-file') return this.#readToken(this.#source.path);
    const { expiresMs = Number.POSITIVE_INFINITY } = this.#cached ?? {};
    if (this.#cached !== undefined && this.#now() < expiresMs - MARGIN_MS) return this.#cached;
    this.#running ??= this.#askPlugin(this.#source.plugin).finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #askPlugin(plugin: ExecPlugin): Promise<ExecCredential> {
    const credential = await runPlugin(plugin, this.#mask);
    this.#cached = credential;
    if (credential.certificate !== this.#certificate) {
      this.#certificate = credential.certificate;
      this.#certificates++;
    }
    return credential;
  }

  /** Read for each request: whoever renews the file expects it to be noticed. */
  async #readToken(path: string): Promise<ExecCredential> {
    try {
      const token = (await readFile(path, 'utf8')).trim();
      if (token !== this.#lastToken) this.#mask(token);
      this.#lastToken = token;
      return { token };
    } catch (cause) {
      throw new NoCredentials(`the token file ${path} of the kubeconfig cannot be read`, {
        remedy: 'Write the token there in the same step, readable for the user that runs this.',
        cause,
      });
    }
  }
}
