// How does a test forbid restarts in a namespace? By a freeze as platform teams declare one: a policy of the API server's own, which
// refuses whatever changes what workloads run.
import type { Cluster } from '../cluster/cluster.ts';
import { eventually } from '../cluster/eventually.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';
const metadata = { name: 'freeze' };

export interface Freeze {
  /** Over when it resolves. */
  lift(): Promise<void>;
}

/** In force when it resolves: the API server heeds a policy, and the end of one, a moment after it was told. */
export async function freeze({ kubectl }: Cluster, namespace: string): Promise<Freeze> {
  const message = `${namespace} is frozen until Monday`;
  const policy = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: policyOf(namespace, message) });
  const isFrozen = async (): Promise<boolean> => {
    try {
      await kubectl(['-n', namespace, 'set', 'env', 'deployment', '--all', 'A=change', '--dry-run=server']);
      return false;
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes(message)) throw error;
      return true;
    }
  };
  await kubectl(['create', '-f', '-'], policy);
  await eventually('the freeze to be in force', isFrozen);
  return {
    lift: async () => {
      await kubectl(['delete', '-f', '-'], policy);
      await eventually('the freeze to be over', async () => !(await isFrozen()));
    },
  };
}

function policyOf(namespace: string, message: string): readonly object[] {
  const resources = ['deployments', 'statefulsets', 'daemonsets'];
  const resourceRules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources }];
  const validations = [{ expression: 'object.spec.template == oldObject.spec.template', message }];
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const bound = { policyName: metadata.name, validationActions: ['Deny'], matchResources: { namespaceSelector } };
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: { matchConstraints: { resourceRules }, validations },
    },
    { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata, spec: bound },
  ];
}
