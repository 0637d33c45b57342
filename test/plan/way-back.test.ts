import { describe, expect, it } from 'vitest';
import { goingForward, wayBackFindings } from '../../src/plan/way-back.ts';
import type { Journal } from '../../src/plan/journal.ts';
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

describe('a rollback that was decided when the removal had begun', () => {
  const gone = aSnapshot({ controlPlanes: [target] });
  const decision = { scope: 'all', reason: 'octocat asked for it', by: 'octocat', at: '2026-11-20T12:00:00Z' } as const;
  const decided: Journal = { ...aJournal(), state: 'rolling-back', complete: 'begun', decision };

  it('is given up by complete where nothing has gone back, and there is nothing to go back to', () => {
    const { decision: none, state } = goingForward(decided, gone);
    expect([none, state]).toEqual([undefined, 'held']);
  });

  it.each([
    ['the source is there', decided, aSnapshot({ controlPlanes: [aControlPlane(SOURCE), target] })],
    ['it has put something back', { ...decided, rollbackRestartedAt: '2026-11-20T12:01:00Z' }, gone],
    ['the removal has not begun', { ...decided, complete: 'pending' as const }, gone],
  ])('goes on where %s', (_what, journal, snapshot) => {
    expect(goingForward(journal, snapshot)).toBe(journal);
  });

  it('needs the source where it has put something back', () => {
    const [finding] = wayBackFindings(gone, { ...decided, rollbackRestartedAt: '2026-11-20T12:01:00Z' });
    expect(finding?.remedy).toContain('Install istiod 1-31 again');
  });
});
