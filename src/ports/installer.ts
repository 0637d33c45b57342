// What do the phases ask of istioctl and helm? To render before anything is written, to install, to remove.
import type { Install } from '../config/config.ts';
import type { KubeObject } from '../mesh/kinds.ts';
import type { Revision } from '../mesh/names.ts';

export interface InstallRequest {
  readonly install: Install;
  readonly target: Revision;
  readonly istioNamespace: string;
}
export type Tool =
  | { readonly kind: 'found'; readonly version: string }
  /** Not on the PATH; `remedy` says how to get it. */
  | { readonly kind: 'missing'; readonly remedy: string };

/** A Helm release in the middle of an operation, or whose helm was killed there: helm itself cannot tell which. */
export interface PendingRelease {
  readonly name: string;
  readonly namespace: string;
  readonly revision: string;
  /** `pending-install`, `pending-upgrade` or `pending-rollback`. */
  readonly status: string;
  /** When the operation began, in helm's words. */
  readonly since: string;
  /** Arguments of helm that end it by applying that same revision again: whatever is there stays, and what is missing comes. */
  readonly finish: readonly string[];
}

export interface InstallerPort {
  /** Whether the binary is there and which version it is, without asking the cluster. */
  tool(binary: 'istioctl' | 'helm'): Promise<Tool>;
  /** Every object the installation would write, without writing. Throws `BrokenWorld` with the tool's own last words. */
  render(request: InstallRequest): Promise<readonly KubeObject[]>;
  /** The target's Helm release while it is pending: until that is over, helm neither renders nor installs it. */
  pending(request: InstallRequest): Promise<PendingRelease | undefined>;
  /** Runs helm with `finish`. Where what it applies is refused, helm marks the release as failed, and would install over that. */
  finish(release: PendingRelease, onLine: (line: string) => void): Promise<void>;
  /** Runs the tool; its output goes line by line to `onLine`. `manifest` is applied by the phase, not here. */
  install(request: InstallRequest, onLine: (line: string) => void): Promise<void>;
  /** `helm uninstall` of a release, waiting for it. */
  helmUninstall(release: string, namespace: string, onLine: (line: string) => void): Promise<void>;
  /** Objects in a Helm release's manifest: what it owns, rather than what is merely annotated; empty without such a release. */
  helmManifest(release: string, namespace: string): Promise<readonly KubeObject[]>;
}
