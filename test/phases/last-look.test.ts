// May a report that cannot be filled change how a command ended? The journal says what was done; the look after it is for people alone.
import { describe, expect, it } from 'vitest';
import { closingLines } from '../../src/report/console.ts';
import { ApiError, BrokenWorld, NoCredentials } from '../../src/shared/errors.ts';
import { drive } from '../../src/upgrade.ts';
import { aMovedJournal } from '../builders/plan.ts';
import { meshInMemory, tagged } from '../fakes/run.ts';
import { fakeSession } from '../fakes/session.ts';
import { aBasis } from '../report/endings.ts';

const remedy = 'Log in again.';
const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const text = 'pod payments/debug (bare) stays on 1-31 until it ends or you replace it';
const moved = aMovedJournal({ removeSource: 'keep' }, { leftOver: [{ by: 1, text }] });

/** Whatever is read once the upgrade is over fails with this. */
async function completedThenBlind(error: Error) {
  const cluster = meshInMemory([], tagged('1-32'));
  const { session, log } = fakeSession(cluster, moved);
  cluster.before = () => {
    if (session.journal().state === 'completed') throw error;
  };
  const ending = await drive({ session, command: 'complete', settings });
  return { ending, warnings: log.lines.filter((line) => line.startsWith('warning: ')) };
}

describe('a mesh that cannot be read any more when all is done', () => {
  it.each([
    ['the API server does not answer', new ApiError('list Pods: no answer', { status: 0, reason: 'Timeout' })],
    ['the credentials are refused', new ApiError('list Pods: 401', { status: 401, reason: 'Unauthorized' })],
    ['the credentials cannot be had any more', new NoCredentials('the plugin failed', { remedy })],
    ['anything else is the matter', new BrokenWorld('the mesh is odd', { remedy })],
  ])('leaves the command as it ended, with a warning: %s', async (_why, error) => {
    const { ending, warnings } = await completedThenBlind(error);
    expect(ending).toMatchObject({ kind: 'completed', reasonCode: 'ok', journal: { state: 'completed' } });
    expect(ending.state).toBeUndefined();
    expect(warnings).toEqual([
      `warning: where things stand is not in the report, run \`status\` for it: ${error.message}`,
    ]);
  });

  it('leaves what was not moved in the report all the same: the journal knows it', async () => {
    const { ending } = await completedThenBlind(new BrokenWorld('the mesh is odd', { remedy }));
    expect(closingLines(aBasis(ending))).toContain(`  ${text}`);
  });
});
