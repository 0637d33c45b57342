// Which permissions does each command use? One table: preflight asks for it, the documented roles are made from it.
import type { Command } from '../config/config.ts';
import { assertNever } from '../shared/assert-never.ts';

export interface Need {
  readonly group: string;
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Only in the Istio namespace. */
  readonly istioNamespaceOnly?: true;
}

const READ = ['get', 'list'] as const;
const READS: readonly Need[] = [
  { group: '', resource: 'namespaces', verbs: READ },
  { group: '', resource: 'pods', verbs: READ },
  { group: '', resource: 'services', verbs: READ },
  { group: 'apps', resource: 'deployments', verbs: READ },
  { group: 'apps', resource: 'statefulsets', verbs: READ },
  { group: 'apps', resource: 'daemonsets', verbs: READ },
  { group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations', verbs: READ },
  { group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations', verbs: READ },
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', verbs: ['list'] },
  { group: '', resource: 'configmaps', verbs: ['get'], istioNamespaceOnly: true },
];
const STATE: readonly Need[] = [
  { group: '', resource: 'configmaps', verbs: ['get', 'create', 'update'], istioNamespaceOnly: true },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'create', 'update'], istioNamespaceOnly: true },
];
const MOVES: readonly Need[] = [
  { group: '', resource: 'namespaces', verbs: ['patch'] },
  { group: '', resource: 'pods', verbs: ['watch', 'delete'] },
  { group: 'apps', resource: 'deployments', verbs: ['patch', 'watch'] },
  { group: 'apps', resource: 'statefulsets', verbs: ['patch', 'watch'] },
  { group: 'apps', resource: 'daemonsets', verbs: ['patch', 'watch'] },
  { group: 'admissionregistration.k8s.io', resource: 'mutatingwebhookconfigurations', verbs: ['update'] },
  { group: 'admissionregistration.k8s.io', resource: 'validatingwebhookconfigurations', verbs: ['update'] },
  { group: '', resource: 'services', verbs: ['update'], istioNamespaceOnly: true },
];
const VERIFY_INSTALL: readonly Need[] = [
  { group: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'], istioNamespaceOnly: true },
  { group: '', resource: 'pods', verbs: ['create'], istioNamespaceOnly: true },
];

/** Everything `command` may ask of the API server, besides what istioctl or helm ask for themselves. */
export function needsOf(command: Command): readonly Need[] {
  switch (command) {
    case 'plan':
    case 'status':
      return READS;
    case 'start':
    case 'upgrade':
      return [...READS, ...STATE, ...MOVES, ...VERIFY_INSTALL];
    case 'promote':
    case 'rollback':
    case 'complete':
      return [...READS, ...STATE, ...MOVES];
    default:
      return assertNever(command);
  }
}
