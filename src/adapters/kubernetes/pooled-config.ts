// How do client-node's credentials meet our connections? One pool for all requests, and time limits where it has none.
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { BrokenWorld } from '../../shared/errors.ts';
import type { Credentials } from './credentials.ts';

const CREDENTIALS_MS = 60_000;
type Dispatcher = NonNullable<ReturnType<RequestContext['getDispatcher']>>;

/** A KubeConfig that reuses one dispatcher: client-node makes a new one, with its TLS handshakes, for each request. */
export class PooledKubeConfig extends KubeConfig {
  #credentials: Credentials | undefined;
  #pool: { readonly dispatcher: Dispatcher; readonly generation: number } | undefined;

  /** Credentials that client-node cannot make, or not in bounded time. */
  useCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.addAuthenticator(credentials);
  }

  /** True when there is something fresher to try than what was just refused. */
  renewCredentials(): boolean {
    return this.#credentials?.forget() ?? false;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await inTime(super.applySecurityAuthentication(context), CREDENTIALS_MS);
    const generation = this.#credentials?.certificates ?? 0;
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

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(
      new BrokenWorld(`the kubeconfig's credentials were not ready within ${String(ms / 1000)} s`, {
        remedy: 'Try the same kubeconfig with `kubectl auth whoami`, in the same environment.',
      }),
    );
  }, ms + 5_000);
  try {
    return await Promise.race([work, late.promise]);
  } catch (error) {
    if (error instanceof BrokenWorld) throw error;
    throw new BrokenWorld(`the kubeconfig's credentials could not be read: ${reasonOf(error)}`, {
      remedy: 'Try the same kubeconfig with `kubectl auth whoami`, in the same environment.',
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
