// What may somebody do who has these roles? Kubernetes' own rules (plugin/pkg/auth/authorizer/rbac): rules add up, and none
// takes away. Knows no wildcards but a rule's `*` for resources.
import { parseAllDocuments } from 'yaml';
import type { AccessQuestion } from '../../src/ports/cluster.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
export interface Role {
  readonly kind: 'ClusterRole' | 'Role';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

/** The roles in a file of docs/rbac. */
export const rolesIn = (yaml: string): readonly Role[] =>
  parseAllDocuments(yaml).map((document) => {
    const role: Role = document.toJS();
    return role;
  });

/** Whether the roles, each bound where it stands, allow it. */
export function allowedBy(roles: readonly Role[], question: AccessQuestion): boolean {
  const resource =
    question.subresource === undefined ? question.resource : `${question.resource}/${question.subresource}`;
  return roles.some(
    ({ kind, metadata, rules }) =>
      (kind === 'ClusterRole' || metadata.namespace === question.namespace) &&
      rules.some(
        (rule) =>
          rule.verbs.includes(question.verb) &&
          rule.apiGroups.includes(question.group) &&
          (rule.resources.includes('*') || rule.resources.includes(resource)) &&
          (rule.resourceNames === undefined || rule.resourceNames.includes(question.name ?? '')),
      ),
  );
}

export interface Lesser {
  /** What is gone: `patch deployments.apps`. */
  readonly without: string;
  readonly roles: readonly Role[];
}

/** The same roles, each time without one verb of one resource: every such set. */
export function eachWithoutOne(roles: readonly Role[]): readonly Lesser[] {
  return roles.flatMap((role, at) =>
    role.rules.flatMap((rule, index) =>
      rule.resources.flatMap((resource) =>
        rule.verbs.map((verb) => {
          const others = rule.resources.filter((other) => other !== resource);
          const lesser: readonly Rule[] = [
            ...role.rules.slice(0, index),
            ...(others.length === 0 ? [] : [{ ...rule, resources: others }]),
            { ...rule, resources: [resource], verbs: rule.verbs.filter((other) => other !== verb) },
            ...role.rules.slice(index + 1),
          ];
          const group = rule.apiGroups[0] === '' ? '' : `.${String(rule.apiGroups[0])}`;
          const name = rule.resourceNames === undefined ? '' : ` named ${rule.resourceNames.join(', ')}`;
          const where = role.metadata.namespace === undefined ? '' : ` in ${role.metadata.namespace}`;
          return {
            without: `${verb} ${resource}${group}${name}${where}`,
            roles: roles.with(at, { ...role, rules: lesser.filter(({ verbs }) => verbs.length > 0) }),
          };
        }),
      ),
    ),
  );
}
