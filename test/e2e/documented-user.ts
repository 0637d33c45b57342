// How does a test act with documented permissions and no others? As a ServiceAccount that is bound to the roles of docs/rbac.
import { readFileSync } from 'node:fs';
import type { Command } from '../../src/config/config.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { type Role, rolesIn } from '../fakes/rbac.ts';

/** Where the accounts are; whoever makes them makes it first. */
export const CI = 'ci';

const read = (file: string): string => readFileSync(new URL(`../../docs/rbac/${file}`, import.meta.url), 'utf8');

export const documented = (command: Command): readonly Role[] => rolesIn(read(`${command}.yaml`));

/** What `prometheus-url: kubernetes://…` needs, as the README of docs/rbac has it to be pasted. */
export function documentedForPrometheus(): readonly Role[] {
  const [, yaml = ''] = /`prometheus-url: kubernetes:\/\/…`.*?```yaml\n(.*?)```/su.exec(read('README.md')) ?? [];
  return rolesIn(yaml);
}

/** A ServiceAccount with these roles and no others; its kubeconfig. */
export async function userWith(cluster: Cluster, user: string, roles: readonly Role[]): Promise<string> {
  const metadata = { name: user, namespace: CI };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  const own = roles.map((role) => ({ ...role, metadata: { ...role.metadata, name: `test-${user}` } }));
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    ...own.map((role) => ({ ...role, apiVersion: 'rbac.authorization.k8s.io/v1' })),
    ...own.map(({ kind, metadata: { name, namespace: where } }) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: `${kind}Binding`,
      metadata: { name, ...(where === undefined ? {} : { namespace: where }) },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
      subjects,
    })),
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return cluster.kubeconfigFor(CI, user);
}
