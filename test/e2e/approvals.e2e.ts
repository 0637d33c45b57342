// Can a person stand between the steps? Each command is another process, another job, another day.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallMesh } from './small-mesh.ts';
import { openStage, type Stage, TARGET } from './stage.ts';

let stage: Stage;
let hash: string;
beforeAll(async () => {
  stage = await openStage(smallMesh());
});
afterAll(async () => {
  await stage?.stop();
});

const each = { batches: 'web\npayments' };

describe('an upgrade with approvals', () => {
  it('is planned without a write', async () => {
    const plan = await stage.run('plan', each);
    expect(plan.outputs).toMatchObject({ ending: 'planned', 'next-batch': '1' });
    expect(JSON.parse(plan.outputs['batches'] ?? '')).toMatchObject([
      { number: 1, count: 1, sample: ['web'] },
      { number: 2, count: 1, sample: ['payments'] },
    ]);
    expect(await stage.picture()).toEqual(stage.before);
    hash = plan.outputs['plan-hash'] ?? '';
  });

  it('does not start with another plan than the approved one', async () => {
    const other = await stage.run('start', { ...each, batches: 'rest', 'plan-hash': hash });
    expect(other.outputs).toMatchObject({ ending: 'refused', 'reason-code': 'plan-hash' });
    expect(await stage.picture()).toEqual(stage.before);
  });

  it('promotes nothing before it is started', async () => {
    expect((await stage.run('promote')).outputs).toMatchObject({ ending: 'refused', 'reason-code': 'no-upgrade' });
  });

  it('starts: tag and gateway on the target, every namespace still on the source', async () => {
    const start = await stage.run('start', { ...each, 'plan-hash': hash });
    expect(start.outputs).toMatchObject({ ending: 'started', 'next-batch': '1', moved: '0', total: '2' });
    const { injected } = await stage.picture();
    expect(injected).toMatchObject({
      'ingress/gateway': { [TARGET]: 1 },
      'web/shop': { '1-31': 2 },
      'payments/api': { '1-31': 2 },
    });
  });

  it('waits, and status says for whom', async () => {
    const status = await stage.run('status');
    expect(status.code).toBe(0);
    expect(status.outputs).toMatchObject({ ending: 'status', 'reason-code': 'waiting', 'next-batch': '1' });
  });

  it('refuses a frozen input that differs, a batch out of order, and a re-run that would promote what nobody approved', async () => {
    expect((await stage.run('promote', { 'max-error-rate': '50%' })).outputs).toMatchObject({
      ending: 'refused',
      'reason-code': 'frozen-input',
    });
    expect((await stage.run('promote', { batch: '2' })).outputs).toMatchObject({
      ending: 'refused',
      'reason-code': 'batch-out-of-order',
    });
    expect((await stage.run('promote', {}, { attempt: 2 })).outputs).toMatchObject({
      ending: 'refused',
      'reason-code': 'rerun-needs-number',
    });
  });

  it('promotes batch after batch, each once', async () => {
    expect((await stage.run('promote')).outputs).toMatchObject({
      ending: 'promoted',
      batch: '1',
      'next-batch': '2',
      moved: '1',
    });
    expect((await stage.run('promote', { batch: '1' })).outputs['ending']).toBe('nothing-to-do');
    expect((await stage.run('promote', { batch: '2' }, { attempt: 2 })).outputs).toMatchObject({
      ending: 'promoted',
      batch: '2',
      moved: '2',
    });
  });

  it('completes, and has nothing to do afterwards', async () => {
    expect((await stage.run('complete')).outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok' });
    expect((await stage.run('complete')).outputs['ending']).toBe('nothing-to-do');
    expect((await stage.run('status')).outputs).toMatchObject({ ending: 'status', 'reason-code': 'idle' });
    expect((await stage.run('rollback')).outputs).toMatchObject({
      ending: 'refused',
      'reason-code': 'already-completed',
    });
  });
});
