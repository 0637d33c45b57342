// How do client-node's credentials meet our connections? One pool for all requests, time limits where it has none, and a way
// to fresher credentials when some are refused.
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { BrokenWorld, NoCredentials } from '../../shared/errors.ts';
import { endOfCredentials } from './credentials-end.ts';
import type { Credentials } from './credentials.ts';

const CREDENTIALS_MS = 60_000;
type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

/** A KubeConfig that reuses one dispatcher: client-node makes a new one, with its TLS handshakes, for each request. */
export class PooledKubeConfig extends KubeConfig {
  #credentials: Credentials | undefined;
  #pool: { readonly dispatcher: Dispatcher; readonly generation: string } | undefined;
  #edition = 0;
  #reread: () => boolean = () => false;

  constructor() {
    super();
    this.addAuthenticator({
      isAuthProvider: (user) => this.#credentials?.isAuthProvider(user) ?? false,
      applyAuthentication: async (user, options) => this.#credentials?.applyAuthentication(user, options),
    });
  }

  /** Credentials that client-node cannot make, or not in bounded time. */
  useCredentials(credentials: Credentials | undefined): void {
    this.#credentials = credentials;
  }

  /** `reread` takes the credentials from the kubeconfig's file anew; true when they are other ones. */
  useSource(reread: () => boolean): void {
    this.#reread = reread;
  }

  /** Which credentials are in use; another number means fresher ones. */
  get edition(): number {
    return this.#edition;
  }

  /** True when there is something fresher to try than what was refused as `edition`; reads files, runs no plugin. */
  renewCredentials(edition: number): boolean {
    if (edition < this.#edition) return true; // somebody else was refused at the same time
    const isOther = this.#reread();
    this.#credentials?.forget();
    if (!isOther && this.#credentials === undefined) return false;
    this.#edition++;
    return true;
  }

  /**
   * When the credentials end, in ms since the epoch; undefined where they do not say, and where a plugin or a file renews them. Of a token
   * in a file the end is not asked: kubelets and agents put the next one there shortly before it, and whether anybody does cannot be
   * read off it. To hold a run for that would hold every run whose tokens live shorter than a batch may take.
   */
  credentialsEndMs(): number | undefined {
    const user = this.getCurrentUser();
    return this.#credentials !== undefined || user === null ? undefined : endOfCredentials(user);
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await inTime(super.applySecurityAuthentication(context), CREDENTIALS_MS);
    const generation = `${String(this.#edition)} ${String(this.#credentials?.certificates ?? 0)}`;
    const fresh = context.getDispatcher();
    if (fresh !== undefined && (this.#pool === undefined || this.#pool.generation !== generation)) {
      void this.#pool?.dispatcher.close(); // lets calls under way end
      this.#pool = { dispatcher: fresh, generation };
    }
    if (this.#pool !== undefined) context.setDispatcher(this.#pool.dispatcher);
  }

  close(): void {
    void this.#pool?.dispatcher.destroy();
    this.#pool = undefined;
  }
}

const REMEDY = 'Try the same kubeconfig with `kubectl auth whoami`, in the same environment.';

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new NoCredentials(`the kubeconfig's credentials were not ready within ${String(ms / 1000)} s`, {
        remedy: REMEDY,
      }),
    );
  }, ms + 5_000);
  try {
    return await Promise.race([work, late.promise]);
  } catch (error) {
    if (error instanceof BrokenWorld) throw error;
    throw new NoCredentials(`the kubeconfig's credentials could not be read: ${reasonOf(error)}`, {
      remedy: REMEDY,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Only what names a file or a code: a message of another library may hold what it read. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    return 'path' in error && typeof error.path === 'string' ? `${error.code} ${error.path}` : error.code;
  }
  return error instanceof Error ? error.name : 'unknown';
}
