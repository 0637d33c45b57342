// How do istioctl and helm install, render and remove for us? As child processes against one cluster. Decides nothing: whether what
// was rendered may be installed is judged elsewhere.
import type { KubeObject } from '../../mesh/kinds.ts';
import { helmRelease } from '../../mesh/names.ts';
import type { InstallerPort, InstallRequest, PendingRelease, Tool } from '../../ports/installer.ts';
import { assertNever } from '../../shared/assert-never.ts';
import { BrokenWorld } from '../../shared/errors.ts';
import {
  helmConnection,
  helmFinish,
  helmGetManifest,
  helmInstall,
  helmListPending,
  helmRender,
  helmUninstall,
  istioctlInstall,
  istioctlRender,
  type Connection,
} from './arguments.ts';
import { readManifest, readObjects } from './read-objects.ts';
import { runTool, type ToolOutcome } from './run-tool.ts';

type Binary = 'istioctl' | 'helm';
export interface InstallerSettings extends Connection {
  /** Of the child processes: PATH, HOME, proxies, what the kubeconfig's exec plugins need. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Ends a running tool when the run must stop; its reason is then thrown, and not the tool's failure. */
  readonly signal?: AbortSignal;
  /** Asked once a tool has failed: rejects where the API server takes our credentials no more; that is thrown, and not the tool's failure. */
  readonly stillAccepted?: () => Promise<void>;
}

const HOW_TO_GET: Readonly<Record<Binary, string>> = {
  istioctl:
    'Install istioctl of the target version in a step before this one and put it on the PATH, e.g. `curl -sL https://istio.io/downloadIstioctl | ISTIO_VERSION=<version> sh -` and `echo "$HOME/.istioctl/bin" >> "$GITHUB_PATH"`.',
  helm: 'Install helm in a step before this one, e.g. `uses: azure/setup-helm@v4`, or put it on the PATH.',
};
const QUICK_MS = 60_000;
/** Longer than the tools' own timeouts, so that theirs speak first. */
const PATIENT_MS = 15 * 60_000;

export class Installer implements InstallerPort {
  readonly #settings: InstallerSettings;
  constructor(settings: InstallerSettings) {
    this.#settings = settings;
  }

  async tool(binary: Binary): Promise<Tool> {
    const args = binary === 'helm' ? ['version', '--short'] : ['version', '--remote=false', '--short'];
    const outcome = await this.#run(binary, args, QUICK_MS);
    if (outcome.kind === 'missing') return { kind: 'missing', remedy: HOW_TO_GET[binary] };
    const said = stdoutOf(outcome, binary, args);
    return { kind: 'found', version: /v?(\d+\.\d+[^\s+]*)/.exec(said)?.[1] ?? said.trim() };
  }

  async render(request: InstallRequest): Promise<readonly KubeObject[]> {
    const { install } = request;
    switch (install.kind) {
      case 'none':
        return [];
      case 'manifest':
        return readManifest(install.path);
      case 'istioctl': {
        const args = istioctlRender(request, install.args, this.#settings);
        return readObjects(await this.#ask('istioctl', args), 'the output of istioctl manifest generate');
      }
      case 'helm': {
        const args = helmRender(request, install.args, this.#settings);
        return readObjects(manifestIn(await this.#ask('helm', args)), 'the manifest that helm rendered');
      }
      default:
        return assertNever(install);
    }
  }

  async pending(request: InstallRequest): Promise<PendingRelease | undefined> {
    const { install, target, istioNamespace: namespace } = request;
    if (install.kind !== 'helm') return undefined;
    const name = helmRelease(target);
    const found = releaseIn(await this.#ask('helm', helmListPending(request, this.#settings)), name);
    if (found === undefined) return undefined;
    const helm = await this.tool('helm');
    const { revision, status, updated } = found;
    const finish = helmFinish(name, namespace, revision, helm.kind === 'found' ? helm.version : '');
    return { name, namespace, revision, status, since: updated.replace(/\.\d+/, ''), finish };
  }

  async finish({ finish }: PendingRelease, onLine: (line: string) => void): Promise<void> {
    await this.#do('helm', [...finish, ...helmConnection(this.#settings)], onLine);
  }

  async install(request: InstallRequest, onLine: (line: string) => void): Promise<void> {
    const { install } = request;
    switch (install.kind) {
      case 'none':
      case 'manifest':
        return;
      case 'istioctl':
        await this.#do('istioctl', istioctlInstall(request, install.args, this.#settings), onLine);
        return;
      case 'helm':
        await this.#do('helm', helmInstall(request, install.args, this.#settings), untilNotes(onLine));
        return;
      default:
        assertNever(install);
    }
  }

  async helmUninstall(release: string, namespace: string, onLine: (line: string) => void): Promise<void> {
    await this.#do('helm', helmUninstall(release, namespace, this.#settings), onLine);
  }

  async helmManifest(release: string, namespace: string): Promise<readonly KubeObject[]> {
    const args = helmGetManifest(release, namespace, this.#settings);
    const outcome = await this.#run('helm', args, QUICK_MS);
    if (outcome.kind === 'failed' && /release: not found/i.test(outcome.lastWords)) return [];
    return readObjects(stdoutOf(outcome, 'helm', args), `the manifest of Helm release ${namespace}/${release}`);
  }

  async #ask(binary: Binary, args: readonly string[]): Promise<string> {
    return stdoutOf(await this.#run(binary, args, 2 * QUICK_MS), binary, args);
  }
  async #do(binary: Binary, args: readonly string[], onLine: (line: string) => void): Promise<void> {
    stdoutOf(await this.#run(binary, args, PATIENT_MS, onLine), binary, args);
  }
  async #run(
    binary: Binary,
    args: readonly string[],
    timeoutMs: number,
    onLine?: (line: string) => void,
  ): Promise<ToolOutcome> {
    const { env, signal, stillAccepted } = this.#settings;
    const outcome = await runTool({ binary, args, env, timeoutMs, signal, onLine });
    if (outcome.kind === 'failed') {
      signal?.throwIfAborted(); // one that was stopped has not failed: the run ends as what stopped it says
      await stillAccepted?.();
    }
    return outcome;
  }
}

/** What it printed. Throws `BrokenWorld` with the tool's last words; arguments are not repeated, they may hold a secret value. */
function stdoutOf(outcome: ToolOutcome, binary: Binary, args: readonly string[]): string {
  switch (outcome.kind) {
    case 'done':
      return outcome.stdout;
    case 'missing':
      throw new BrokenWorld(`${binary} is not on the PATH`, { remedy: HOW_TO_GET[binary] });
    case 'failed':
      throw new BrokenWorld(
        `${binary} ${args[0] ?? ''} failed (${outcome.why}): ${outcome.lastWords || 'it said nothing'}`,
        {
          remedy: 'Put right what it says above, then run the same command again.',
        },
      );
    default:
      return assertNever(outcome);
  }
}

/** A chart's NOTES are advice for people at a terminal, and the last that helm prints. */
function untilNotes(onLine: (line: string) => void): (line: string) => void {
  let isOver = false;
  return (line) => {
    isOver ||= line === 'NOTES:';
    if (!isOver) onLine(line);
  };
}

function manifestIn(json: string): string {
  const release = parsed(json);
  if (typeof release === 'object' && release !== null && 'manifest' in release && typeof release.manifest === 'string')
    return release.manifest;
  throw new BrokenWorld('helm did not say what it would install', {
    remedy: 'Use helm 3.14 or newer, or render the chart yourself and use `install: manifest`.',
  });
}
interface ListedRelease {
  readonly name: string;
  readonly revision: string;
  readonly status: string;
  readonly updated: string;
}
function releaseIn(json: string, name: string): ListedRelease | undefined {
  const listed = parsed(json);
  return Array.isArray(listed) ? listed.filter(isListedRelease).find((release) => release.name === name) : undefined;
}
function isListedRelease(value: unknown): value is ListedRelease {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'revision' in value && 'status' in value && 'updated' in value)) return false;
  return [value.name, value.revision, value.status, value.updated].every((text) => typeof text === 'string');
}
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // told by manifestIn, without the text: a release holds the user's values
  }
}
