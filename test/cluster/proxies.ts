// Who holds the pods' streams to istiod? The `proxies` program (modules/istio-1.32/proxies), fed with an order for each change.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Wishes } from './proxies/wishes.ts';
import type { Member } from './traffic/member.ts';
import type { ProxySelector, ProxyStats } from './traffic/wire.ts';

/** A rollout changes hundreds of pods at once: orders are worked out at most this often. */
const PAUSE_MS = 50;

export class ConnectedProxies {
  readonly #wishes = new Wishes();
  readonly #connected = new Set<string>();
  readonly #child: ChildProcessWithoutNullStreams;
  #planned: NodeJS.Timeout | undefined;
  #stopping = false;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { id, state }: { id: string; state: 'connected' | 'broken' } = JSON.parse(line);
      if (state === 'connected') this.#connected.add(id);
      else this.#connected.delete(id);
    });
    child.once('exit', (code, signal) => {
      if (!this.#stopping) throw new Error(`the proxies program ended with ${signal ?? code}`);
    });
  }

  static start(program: string, logFile?: string): ConnectedProxies {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'pipe'] });
    child.stderr.pipe(logFile === undefined ? process.stderr : createWriteStream(logFile, { flags: 'a' }));
    return new ConnectedProxies(child);
  }

  see(member: Member, gone: boolean): void {
    if (gone) this.#wishes.forget(member.uid);
    else this.#wishes.see(member);
    this.#plan();
  }

  retain(uids: ReadonlySet<string>): void {
    this.#wishes.retain(uids);
    this.#plan();
  }

  /** Replaces the list of those that stay when their pods are gone. */
  setHeld(selectors: readonly ProxySelector[]): void {
    this.#wishes.setHeld(selectors);
    this.#plan();
  }

  /** Replaces the list of those that reject what istiod pushes. */
  setRejecting(selectors: readonly ProxySelector[]): void {
    this.#wishes.setRejecting(selectors);
    this.#plan();
  }

  stats(): ProxyStats {
    return {
      running: true,
      connected: this.#connected.size,
      wanted: this.#wishes.wanted,
      held: this.#wishes.staying,
    };
  }

  /** Ends every stream. */
  stop(): void {
    this.#stopping = true;
    clearTimeout(this.#planned);
    this.#child.kill('SIGTERM');
  }

  #plan(): void {
    this.#planned ??= setTimeout(() => {
      this.#planned = undefined;
      for (const order of this.#wishes.orders()) {
        if (order.op === 'del' || order.op === 'add') this.#connected.delete(order.id); // an add breaks the old stream silently
        this.#child.stdin.write(`${JSON.stringify(order)}\n`);
      }
    }, PAUSE_MS);
  }
}
