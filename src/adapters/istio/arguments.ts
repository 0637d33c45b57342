// Which command lines install, render and remove a control plane? Pure: a request goes in, an argv comes out. The user's arguments
// stand between ours, so that theirs may change what ours only propose, and ours settle revision, namespace and cluster.
import { helmRelease } from '../../mesh/names.ts';
import type { InstallRequest } from '../../ports/installer.ts';

export interface Connection {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}
const INSTALL_TIMEOUT = '10m';

/**
 * `istioctl install` of nothing but istiod: no gateways (`profile=minimal`), no CRDs (`components.base`). There is no flag for the
 * Istio namespace in this command; the value is what counts.
 */
export function istioctlInstall(request: InstallRequest, args: readonly string[], to: Connection): readonly string[] {
  return [
    'install',
    '--skip-confirmation',
    '--readiness-timeout',
    INSTALL_TIMEOUT,
    ...proposed,
    ...args,
    ...settled(request),
    ...istioctlConnection(to),
  ];
}
/** `istioctl manifest generate` of what `istioctlInstall` writes, with the settings that it detects in this cluster. */
export function istioctlRender(request: InstallRequest, args: readonly string[], to: Connection): readonly string[] {
  return [
    'manifest',
    'generate',
    '--cluster-specific',
    ...proposed,
    ...withoutInstallFlags(args),
    ...settled(request),
    ...istioctlConnection(to),
  ];
}
const proposed = ['--set', 'profile=minimal', '--set', 'components.base.enabled=false'];
const settled = ({ target, istioNamespace }: InstallRequest): readonly string[] => [
  '--set',
  `values.global.istioNamespace=${istioNamespace}`,
  '--revision',
  target,
];
const istioctlConnection = ({ kubeconfig, context }: Connection): readonly string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--context', context]),
];

/** Flags that `install` knows and `manifest generate` does not; none changes what is rendered. */
function withoutInstallFlags(args: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--readiness-timeout') index += 1;
    else if (!/^(--readiness-timeout=.*|--verify(=.*)?|--skip-confirmation(=.*)?|-y)$/.test(arg)) kept.push(arg);
  }
  return kept;
}

/** `helm upgrade --install` of the release `istiod-<revision>`. */
export function helmInstall(request: InstallRequest, args: readonly string[], to: Connection): readonly string[] {
  const { target, istioNamespace } = request;
  return [
    'upgrade',
    '--install',
    helmRelease(target),
    '--wait',
    '--timeout',
    INSTALL_TIMEOUT,
    ...args,
    '--namespace',
    istioNamespace,
    '--set',
    `revision=${target}`,
    '--set',
    `global.istioNamespace=${istioNamespace}`,
    ...helmConnection(to),
  ];
}
/** The very same command, simulated against the API server: it takes the same flags, and sees what is there already. */
export function helmRender(request: InstallRequest, args: readonly string[], to: Connection): readonly string[] {
  return [...helmInstall(request, args, to), '--dry-run=server', '--output', 'json'];
}
/** The release as JSON if it is pending, of its last revision: `list` tells no values, and an absent release is no failure. */
export function helmListPending({ target, istioNamespace }: InstallRequest, to: Connection): readonly string[] {
  const only = ['--pending', '--filter', `^${helmRelease(target)}$`];
  return ['list', ...only, '--namespace', istioNamespace, '--output', 'json', ...helmConnection(to)];
}
/**
 * A rollback to the very revision that is pending. Helm 4 applies on the server, where what istiod has written since (its webhook's
 * `failurePolicy`) is a conflict; Helm 3 writes over that anyway, and does not know the flag.
 */
export function helmFinish(release: string, namespace: string, revision: string, helm: string): readonly string[] {
  const isThree = helm.startsWith('3.');
  return ['rollback', release, revision, '--namespace', namespace, ...(isThree ? [] : ['--force-conflicts'])];
}
export function helmUninstall(release: string, namespace: string, to: Connection): readonly string[] {
  return [
    'uninstall',
    release,
    '--namespace',
    namespace,
    '--wait',
    '--timeout',
    INSTALL_TIMEOUT,
    ...helmConnection(to),
  ];
}
export function helmGetManifest(release: string, namespace: string, to: Connection): readonly string[] {
  return ['get', 'manifest', release, '--namespace', namespace, ...helmConnection(to)];
}
export const helmConnection = ({ kubeconfig, context }: Connection): readonly string[] => [
  ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
  ...(context === undefined ? [] : ['--kube-context', context]),
];
