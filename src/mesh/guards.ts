// What speaks against this upgrade, or should be known before it? Everything a snapshot can tell; what needs a question to the world
// (permissions, Prometheus) is asked elsewhere.
import type { FrozenConfig } from '../config/config.ts';
import type { Finding } from './finding.ts';
import { concernOf, type Move } from './guards/concern.ts';
import { gatewayFindings } from './guards/gateways.ts';
import { namespaceFindings } from './guards/namespaces.ts';
import { ownerFindings } from './guards/owners.ts';
import { pinnedConfigFindings } from './guards/pinned-config.ts';
import { sourceFindings } from './guards/source.ts';
import { tagFindings } from './guards/tag.ts';
import { targetFindings } from './guards/target.ts';
import { workloadFindings } from './guards/workloads.ts';
import type { MeshSnapshot } from './snapshot.ts';

const WEIGHT: Readonly<Record<Finding['severity'], number>> = { blocks: 0, overridable: 1, notice: 2 };

/** Every finding at once, the worst first; an empty list means that nothing in the snapshot speaks against it. */
export function guards(snapshot: MeshSnapshot, frozen: FrozenConfig, move: Move): readonly Finding[] {
  const concern = concernOf(snapshot, frozen, move);
  return [
    ...targetFindings(concern),
    ...sourceFindings(concern),
    ...tagFindings(concern),
    ...ownerFindings(concern),
    ...gatewayFindings(concern),
    ...namespaceFindings(concern),
    ...pinnedConfigFindings(concern),
    ...workloadFindings(concern),
  ].toSorted((a, b) => WEIGHT[a.severity] - WEIGHT[b.severity]);
}
