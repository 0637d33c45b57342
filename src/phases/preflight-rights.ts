// May we do all of this? Asks the API server, verb by verb, before anything is written. Writes nothing itself.
import type { Finding } from '../mesh/finding.ts';
import type { Need } from '../plan/needs.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { inParallel } from '../shared/in-parallel.ts';

const AT_ONCE = 8;

/** One finding that blocks for each need with a missing verb, with the rule to paste; in the table's order. */
export async function preflightRights(cluster: ClusterPort, needs: readonly Need[]): Promise<readonly Finding[]> {
  const missing = new Map<Need, readonly string[]>();
  await inParallel(needs, AT_ONCE, async (need) => {
    const verbs = await missingVerbs(cluster, need);
    if (verbs.length > 0) missing.set(need, verbs);
  });
  return needs.flatMap((need) => {
    const verbs = missing.get(need);
    return verbs === undefined ? [] : [missingFinding({ ...need, verbs })];
  });
}

async function missingVerbs(cluster: ClusterPort, need: Need): Promise<readonly string[]> {
  const { group, namespace, name } = need;
  const [resource = '', subresource] = need.resource.split('/');
  const denied: string[] = [];
  for (const verb of need.verbs) {
    const question = {
      verb,
      group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === undefined ? {} : { name }),
    };
    if (!(await cluster.mayI(question))) denied.push(verb);
  }
  return denied.length > 0 && resource === '*' ? deniedOneByOne(cluster, need, denied) : denied;
}

/** Who may not list everything in a group may still list all that is served of it. */
async function deniedOneByOne(cluster: ClusterPort, need: Need, verbs: readonly string[]): Promise<readonly string[]> {
  const served = (await cluster.servedKinds(new Set([need.group]))).map(({ plural }) => plural);
  const perKind = await Promise.all(
    served.map(async (resource) => missingVerbs(cluster, { ...need, resource, verbs })),
  );
  return verbs.filter((verb) => perKind.some((denied) => denied.includes(verb)));
}

function missingFinding(need: Need): Finding {
  const { group, resource, verbs, namespace, name, why } = need;
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  const which = `${resource}${group === '' ? '' : `.${group}`}`;
  return {
    id: 'permission-missing',
    severity: 'blocks',
    subject: `${which}${where}${name === undefined ? '' : ` (${name})`}`,
    message: `these credentials may not ${verbs.join(', ')} ${name === undefined ? '' : `${name} of `}${which}${where}; it is needed ${why}`,
    remedy: `Add to the ${namespace === undefined ? 'ClusterRole' : `Role in ${namespace}`}: ${ruleText(need)}.`,
  };
}

const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;

/** As an item of a role's `rules`. */
function ruleText({ group, resource, verbs, name }: Need): string {
  const names = name === undefined ? '' : `, resourceNames: ${list([name])}`;
  return `{apiGroups: ${list([group])}, resources: ${list([resource])}${names}, verbs: ${list(verbs)}}`;
}
