// Which gateways can't be upgraded in place? Those whose image was written by an installer: no restart brings them a new one
// (istio/istio 1.31 manifests/charts/gateways/istio-ingress/templates/deployment.yaml).
import { isGatewayChosen } from '../../config/choose.ts';
import { whatTemplateAsks } from '../asked-name.ts';
import type { Finding } from '../finding.ts';
import { REV } from '../names.ts';
import type { Workload, WorkloadRef } from '../snapshot.ts';
import { type Concern, workloadName } from './concern.ts';

export function gatewayFindings(concern: Concern): readonly Finding[] {
  const { snapshot, source, target, podsOnSource } = concern;
  return snapshot.workloads
    .filter(({ gateway }) => gateway === 'fixed-image')
    .filter(({ ref, templateLabels }) => podsOnSource(ref).length > 0 || templateLabels[REV] === source)
    .map((workload): Finding => {
      const { ref } = workload;
      const isExcluded = isLeftOut(ref, concern) || followsAnother(workload, concern);
      return {
        id: 'gateway-fixed-image',
        severity: isExcluded ? 'notice' : 'blocks',
        subject: workloadName(ref),
        message: `this gateway's proxy image is fixed in its pod template instead of injected, so no restart upgrades it.${
          isExcluded ? ' It is left out, stays on the source, and keeps it in use.' : ''
        }`,
        remedy: `Re-run its installer for revision ${target}, or replace it by an injected gateway (chart istio/gateway, \`image: auto\`)${
          isExcluded ? ' before `complete`.' : '; or leave it out, by the input `gateways` or by `exclude-namespaces`.'
        }`,
      };
    });
}

/** Of a gateway that nobody deploys by itself: the user did not choose it, or excluded its namespace. */
export const isLeftOut = ({ namespace, name }: WorkloadRef, { frozen, namespaceNamed }: Concern): boolean =>
  !isGatewayChosen(frozen, namespaceNamed(namespace) ?? { name: namespace, labels: {} }, name);

/** Where somebody would inject it, it asks by a name; this one the upgrade does not move. */
const followsAnother = (workload: Workload, { snapshot, frozen, source }: Concern): boolean =>
  workload.requested !== undefined && whatTemplateAsks(workload, { tag: frozen.tag, source }, snapshot) === 'another';
