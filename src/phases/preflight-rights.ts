// May we do everything this command does? Asks the API server before the first write, verb by verb.
import type { Command } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { needsOf, type Need } from '../plan/needs.ts';
import type { World } from '../ports/world.ts';
import { inParallel } from '../shared/in-parallel.ts';

/** One finding for each resource with a missing verb, with the RBAC rule to paste; for `plan` and `status` it is a notice. */
export async function preflightRights(
  world: Pick<World, 'cluster'>,
  command: Command,
  istioNamespace: string,
): Promise<readonly Finding[]> {
  const missing = new Map<Need, string[]>();
  const questions = needsOf(command).flatMap((need) => need.verbs.map((verb) => ({ need, verb })));
  await inParallel(questions, 8, async ({ need, verb }) => {
    const scope = need.istioNamespaceOnly === true ? { namespace: istioNamespace } : {};
    const allowed = await world.cluster.mayI({ verb, group: need.group, resource: need.resource, ...scope });
    if (!allowed) missing.set(need, [...(missing.get(need) ?? []), verb]);
  });
  const readOnly = command === 'plan' || command === 'status';
  return [...missing].map(([need, verbs]) => ({
    id: 'permission-missing',
    severity: readOnly ? 'notice' : 'blocks',
    subject: `${need.resource}${need.group === '' ? '' : `.${need.group}`}`,
    message: `these credentials may not ${verbs.join(', ')} ${need.resource}${need.istioNamespaceOnly === true ? ` in ${istioNamespace}` : ''}`,
    remedy: `Add to the ${need.istioNamespaceOnly === true ? 'Role' : 'ClusterRole'}: {apiGroups: ["${need.group}"], resources: ["${need.resource}"], verbs: [${verbs.map((verb) => `"${verb}"`).join(', ')}]}`,
  }));
}
