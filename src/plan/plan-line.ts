// Which plan, and from which version to which? One of the log's first lines.
import type { ControlPlane } from '../mesh/snapshot.ts';
import type { UpgradePlan } from './plan.ts';

/** `plan 0123456789ab: 1-31 (1.31.0) → 1-32 (1.32.0)`; a version that is not known is left out. */
export function planLine(
  { hash, source, target, sourceVersion }: UpgradePlan,
  planes: readonly ControlPlane[],
): string {
  const versionOf = (revision: string): string | undefined =>
    planes.find((plane) => plane.revision === revision)?.version;
  return `plan ${hash}: ${source}${inBrackets(versionOf(source) ?? sourceVersion)} → ${target}${inBrackets(versionOf(target))}`;
}

const inBrackets = (known: string | undefined): string => (known === undefined ? '' : ` (${known})`);
