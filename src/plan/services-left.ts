// Which Services select pods by the very label that this upgrade changes in their templates? Each new pod leaves them.
import type { Finding } from '../mesh/finding.ts';
import type { ServiceObject } from '../mesh/kinds.ts';
import { REV } from '../mesh/names.ts';
import { names } from '../slo/sentence.ts';
import type { Relabelled } from './template-labels.ts';

/** A Service that is meant for one revision loses its pods on purpose, so it can be accepted. */
export function servicesLeft(
  services: readonly ServiceObject[],
  relabelled: readonly Relabelled[],
): readonly Finding[] {
  return services.flatMap(({ metadata, spec }): readonly Finding[] => {
    const selector = Object.entries(spec?.selector ?? {});
    const rev = spec?.selector?.[REV];
    if (rev === undefined) return [];
    const leaving = relabelled.filter(
      ({ workload, to }) =>
        workload.ref.namespace === metadata.namespace &&
        to !== rev &&
        selector.every(([key, value]) => workload.templateLabels[key] === value),
    );
    if (leaving.length === 0) return [];
    const who = names(leaving.map(({ workload }) => `${workload.ref.kind} ${workload.ref.name}`));
    return [
      {
        id: 'revision-in-service-selector',
        severity: 'overridable',
        subject: `Service ${metadata.namespace ?? ''}/${metadata.name}`,
        message: `its selector contains ${REV}=${rev}, and that label changes in the pods of ${who}: it would lose them as they are replaced.`,
        remedy: `Take ${REV} out of the Service's selector, or leave the workload out of the upgrade; accept it where the Service is meant to lose them.`,
      },
    ];
  });
}
