// Which roles grant exactly what each command asks for? Made from the table that the preflight asks by.
import { Document, visit } from 'yaml';
import { COMMANDS, type Command } from '../src/config/config.ts';
import { covers, needsOf, type Need, type NeedsScope } from '../src/plan/needs.ts';
import { between } from './interface-text.ts';

/** As the inputs' defaults have it. */
const SCOPE: NeedsScope = { istioNamespace: 'istio-system', removeSource: 'auto' };

export const roleName = (command: Command): string => `istio-canary-upgrade-${command}`;

const HEAD = `# Written by scripts/write-docs.ts from src/plan/needs.ts, the table that the preflight asks by.
# The Role is for the Istio namespace; where yours is not istio-system, change it here.
`;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** docs/rbac/<command>.yaml: a ClusterRole and a Role. */
export function roleYaml(command: Command): string {
  const needs = needsOf(command, SCOPE);
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const name = roleName(command);
  const namespace = SCOPE.istioNamespace;
  const documents = [
    { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: rulesOf(needs, undefined) },
    { apiVersion, kind: 'Role', metadata: { name, namespace }, rules: rulesOf(needs, namespace) },
  ];
  return HEAD + documents.map(yamlOf).join('---\n');
}

/** The rules of one scope: nothing twice, and resources with the same verbs together. */
function rulesOf(needs: readonly Need[], namespace: string | undefined): readonly Rule[] {
  const single = needs.flatMap((need) => need.verbs.map((verb) => ({ ...need, verbs: [verb] })));
  const wanted = single.filter(
    (need, index) =>
      need.namespace === namespace &&
      !single.some((other, at) => covers(other, need) && (!covers(need, other) || at < index)),
  );
  const verbs = new Map<string, string[]>();
  for (const { group, resource, name, verbs: more } of wanted) {
    const key = JSON.stringify([group, resource, name]);
    verbs.set(key, [...(verbs.get(key) ?? []), ...more].toSorted());
  }
  const rules = new Map<string, Rule>();
  for (const [key, allowed] of verbs) {
    const [group, resource, name]: [string, string, string | null] = JSON.parse(key);
    const together = JSON.stringify([group, name, allowed]);
    const before = rules.get(together)?.resources ?? [];
    rules.set(together, {
      apiGroups: [group],
      resources: [...before, resource],
      ...(name === null ? {} : { resourceNames: [name] }),
      verbs: allowed,
    });
  }
  return [...rules.values()];
}

function yamlOf(object: object): string {
  const document = new Document(object);
  visit(document, {
    Seq: (_key, node) => {
      node.flow = node.items.every((item) => typeof item !== 'object' || item === null || !('items' in item));
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true });
}

/** docs/rbac/README.md with its table made anew: what is asked for, what for, and by which commands. */
export function readmeWithNeeds(readme: string): string {
  const rows = new Map<
    string,
    { readonly first: Need; readonly objects: Set<string>; readonly commands: Set<Command> }
  >();
  for (const command of COMMANDS) {
    for (const need of needsOf(command, SCOPE)) {
      const key = JSON.stringify([need.verbs, need.namespace, need.why]);
      const row = rows.get(key) ?? { first: need, objects: new Set(), commands: new Set() };
      rows.set(key, row);
      row.objects.add(objectText(need));
      row.commands.add(command);
    }
  }
  const lines = [...rows.values()].map(({ first, objects, commands }) => {
    const who = commands.size === COMMANDS.length ? 'all' : [...commands].map((each) => `\`${each}\``).join(', ');
    const where = first.namespace === undefined ? 'everywhere' : 'Istio namespace';
    return `| ${first.why} | ${first.verbs.join(', ')} | ${[...objects].join(', ')} | ${where} | ${who} |`;
  });
  const head = ['| what for | verbs | objects | where | commands |', '|---|---|---|---|---|'];
  return between(readme, 'needs', [...head, ...lines].join('\n'));
}

const objectText = ({ group, resource, name }: Need): string =>
  `\`${resource}${group === '' ? '' : `.${group}`}\`${name === undefined ? '' : ` named \`${name}\``}`;
