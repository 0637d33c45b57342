// Which roles grant exactly what the commands ask for? Made from the table that the preflight asks by.
import { Document } from 'yaml';
import { COMMANDS, type Command } from '../src/config/config.ts';
import { needsOf, type Need } from '../src/plan/needs.ts';

const HEAD = `# Written by scripts/write-docs.ts from src/plan/needs.ts, the table that the preflight asks by.
# The Roles are for the Istio namespace; where yours is not istio-system, change it here.
`;
const READ_ONLY: readonly Command[] = ['plan', 'status'];

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** All documents of docs/rbac/clusterrole.yaml: read-only roles, and roles for every command. */
export function rolesYaml(): string {
  const documents = [...rolesOf('istio-canary-upgrade-plan', READ_ONLY), ...rolesOf('istio-canary-upgrade', COMMANDS)];
  const texts = documents.map((document) =>
    new Document(document).toString({ lineWidth: 0, flowCollectionPadding: false }),
  );
  return HEAD + texts.join('---\n');
}

function rolesOf(name: string, commands: readonly Command[]): readonly object[] {
  const needs = commands.flatMap((command) => needsOf(command));
  const [everywhere, there] = [false, true].map((only) =>
    rulesOf(needs.filter((need) => (need.istioNamespaceOnly ?? false) === only)),
  );
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: everywhere },
    { apiVersion, kind: 'Role', metadata: { name, namespace: 'istio-system' }, rules: there },
  ];
}

/** One rule for each resource, with the verbs of all needs together. */
function rulesOf(needs: readonly Need[]): readonly Rule[] {
  const verbs = new Map<string, Set<string>>();
  for (const need of needs) {
    const key = `${need.group}/${need.resource}`;
    verbs.set(key, new Set([...(verbs.get(key) ?? []), ...need.verbs]));
  }
  return [...verbs].map(([key, all]) => {
    const slash = key.indexOf('/');
    return { apiGroups: [key.slice(0, slash)], resources: [key.slice(slash + 1)], verbs: [...all].toSorted() };
  });
}
