import { describe, expect, it } from 'vitest';
import { wayBackFindings } from '../../src/plan/way-back.ts';
import { aJournal } from '../builders/plan.ts';
import { aControlPlane, aSnapshot, SOURCE, TARGET } from '../builders/snapshot.ts';

const target = aControlPlane(TARGET);
const ids = (controlPlanes: Parameters<typeof aSnapshot>[0], complete: 'pending' | 'begun'): readonly string[] =>
  wayBackFindings(aSnapshot(controlPlanes), { ...aJournal(), complete }).map(({ id }) => id);

describe('the way back', () => {
  it('is open while the source can inject, also when its removal is only about to begin', () => {
    expect(ids({ controlPlanes: [aControlPlane(SOURCE), target] }, 'pending')).toEqual([]);
    expect(ids({ controlPlanes: [aControlPlane(SOURCE), target] }, 'begun')).toEqual([]);
  });

  it('is open where nobody is available just now: that passes', () => {
    const deployments = [{ name: 'istiod-1-31', replicas: 1, available: 0 }];
    expect(ids({ controlPlanes: [aControlPlane(SOURCE, { deployments }), target] }, 'pending')).toEqual([]);
  });

  it('is closed from the first step of the removal on, and leads forward', () => {
    const [finding] = wayBackFindings(aSnapshot({ controlPlanes: [target] }), { ...aJournal(), complete: 'begun' });
    expect(finding?.id).toBe('source-gone');
    expect(finding?.remedy).toContain('Run `complete` again');
  });

  it('is closed where a removal began with the Deployment, as helm may', () => {
    expect(ids({ controlPlanes: [aControlPlane(SOURCE, { deployments: [] }), target] }, 'begun')).toEqual([
      'source-gone',
    ]);
  });

  it('is open for an istiod outside the cluster, which has no Deployment here', () => {
    const outside = aControlPlane(SOURCE, { deployments: [], clientConfig: { url: 'https://istiod.example/inject' } });
    expect(ids({ controlPlanes: [outside, target] }, 'begun')).toEqual([]);
  });

  it('is closed where somebody else removed the source, until it is installed again', () => {
    const [finding] = wayBackFindings(aSnapshot({ controlPlanes: [target] }), aJournal());
    expect(finding?.remedy).toContain('Install istiod 1-31 again');
  });
});
