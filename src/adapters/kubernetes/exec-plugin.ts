// What does a kubeconfig's credential plugin answer? Runs it once, for at most a minute, without a terminal. Its standard
// output is a secret and is never quoted.
import { spawn } from 'node:child_process';
import { endOf } from '../../shared/cut.ts';
import { NoCredentials } from '../../shared/errors.ts';
import { withoutTokens } from '../../shared/redact.ts';

export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment, the kubeconfig's own additions included. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly apiVersion: string;
  readonly installHint?: string;
  /** What `provideClusterInfo` asks for; goes into KUBERNETES_EXEC_INFO. */
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly timeoutMs?: number;
}
/** From a plugin, or from a token file. */
export interface ExecCredential {
  readonly token?: string;
  /** PEM, with `key`. */
  readonly certificate?: string;
  readonly key?: string;
  readonly expiresMs?: number;
}

const TIMEOUT_MS = 60_000;
const LONGEST_COMPLAINT = 300;
/** Much more than is quoted: a token without its beginning could not be told any more, so tokens go before the rest is cut. */
const KEPT_COMPLAINT = 64 * 1024;
/** A credential is a few kilobytes. */
const MOST_OUTPUT = 1024 * 1024;

/** The plugin's credential, masked before it is returned; throws `NoCredentials` naming the plugin when it fails or hangs. */
export async function runPlugin(plugin: ExecPlugin, mask: (secret: string) => void): Promise<ExecCredential> {
  const output = await outputOf(plugin);
  const credential = readCredential(output);
  for (const secret of [credential?.token, credential?.key]) if (secret !== undefined) mask(secret);
  if (credential === undefined) {
    throw failed(plugin, 'its output is no ExecCredential with a token or a client certificate');
  }
  return credential;
}

async function outputOf(plugin: ExecPlugin): Promise<string> {
  const { command, args, apiVersion, cluster, timeoutMs = TIMEOUT_MS } = plugin;
  const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plugin.env, KUBERNETES_EXEC_INFO: info },
    detached: true, // its own process group, so that whatever it starts ends with it
  });
  const insist = (): void => {
    if (child.pid !== undefined) end(child.pid);
  };
  process.once('exit', insist); // of ours, while it runs: a group of its own hears nothing of our terminal's Ctrl-C
  const stop = (why: string): void => {
    insist();
    reject(failed(plugin, why));
  };
  const timer = setTimeout(() => {
    stop(`no answer within ${String(timeoutMs / 1000)} s; does it wait for somebody at a terminal?`);
  }, timeoutMs);
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.length > MOST_OUTPUT) stop('it does not end its output');
  });
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = (complaint + text).slice(-KEPT_COMPLAINT)));
  child.on('error', (error: NodeJS.ErrnoException) => {
    const hint = plugin.installHint === undefined ? '' : `; ${plugin.installHint.trim()}`;
    reject(failed(plugin, error.code === 'ENOENT' ? `it is not on the PATH${hint}` : (error.code ?? error.name)));
  });
  child.on('close', (code) => {
    if (code === 0) resolve(output);
    else {
      const words = endOf(withoutTokens(complaint.trim()), LONGEST_COMPLAINT);
      reject(failed(plugin, `exit code ${String(code)}: ${words || 'it said nothing'}`));
    }
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    process.off('exit', insist);
    // A process that has left its group outlives it, and would keep us alive as long as it holds these.
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

function end(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // ended by itself
  }
}

function readCredential(output: string): ExecCredential | undefined {
  const status = fieldOf(parsed(output), 'status');
  const text = (name: string): string | undefined => {
    const value = fieldOf(status, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = text('token');
  const certificate = text('clientCertificateData');
  const key = text('clientKeyData');
  const expiresMs = Date.parse(text('expirationTimestamp') ?? '');
  if (token === undefined && (certificate === undefined || key === undefined)) return undefined;
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined || key === undefined ? {} : { certificate, key }),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const failed = (plugin: ExecPlugin, why: string): NoCredentials =>
  new NoCredentials(`the kubeconfig's credential plugin ${plugin.command} failed: ${why}`, {
    remedy: `Run \`${plugin.command}\` by hand in the same environment; the step that logs in to the cloud must come before this one.`,
  });
