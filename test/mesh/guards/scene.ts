// How do the guards' tests set a scene? A healthy mesh, one thing changed, and the findings as lines.
import { expect, it } from 'vitest';
import type { FrozenConfig } from '../../../src/config/config.ts';
import type { Finding } from '../../../src/mesh/finding.ts';
import { guards } from '../../../src/mesh/guards.ts';
import { asRevision } from '../../../src/mesh/names.ts';
import type { MeshSnapshot } from '../../../src/mesh/snapshot.ts';
import { frozenConfig } from '../../builders/config.ts';
import { aSnapshot, SOURCE, TARGET } from '../../builders/snapshot.ts';

export interface Scene {
  readonly snapshot?: Partial<MeshSnapshot>;
  readonly frozen?: Partial<FrozenConfig>;
  readonly target?: string;
  readonly source?: string;
  readonly runnerNamespace?: string;
}
export function findingsOf({ snapshot, frozen, target, source, runnerNamespace }: Scene): readonly Finding[] {
  return guards(aSnapshot(snapshot), frozenConfig(frozen), {
    source: source === undefined ? SOURCE : asRevision(source),
    target: target === undefined ? TARGET : asRevision(target),
    ...(runnerNamespace === undefined ? {} : { runnerNamespace }),
  });
}
/** What is changed, the findings as `severity id: subject`, and why. */
export type Row = readonly [scene: Scene, findings: readonly string[], why: string];

/** One test a row, titled by its reason. */
export function expectFindings(rows: readonly Row[]): void {
  it.each(rows.map(([scene, expected, why]) => [why, expected.join(', ') || 'nothing', scene, expected] as const))(
    '%s: %s',
    (_why, _what, scene, expected) => {
      expect(findingsOf(scene).map(({ id, severity, subject }) => `${severity} ${id}: ${subject}`)).toEqual(expected);
    },
  );
}

export const rev = (value: string) => ({ 'istio.io/rev': value });
export const enabled = { 'istio-injection': 'enabled' };
