import { describe, expect, it } from 'vitest';
import { journalLost, markOf } from '../../src/plan/upgrade-mark.ts';
import { aPlan } from '../builders/plan.ts';
import { aMeshOf, aNamespace, aPod, aTag, TARGET } from '../builders/snapshot.ts';

const mark = markOf(aPlan(), '2026-10-01T12:00:00.000Z');
const mesh = aMeshOf(['payments', 'web'], {
  tags: [aTag('default', '1-32')],
  namespaces: [aNamespace('payments'), aNamespace('web', { 'istio.io/rev': '1-31' })],
  pods: [
    aPod({ namespace: 'payments', injected: TARGET }),
    aPod({ namespace: 'payments', name: 'old' }),
    aPod({ namespace: 'web' }),
  ],
});

describe('an upgrade whose journal is gone', () => {
  const [lost, ...shown] = journalLost(mark, mesh, 'overridable');
  it('is said, with the way forward and the way back', () => {
    expect(lost).toMatchObject({ id: 'journal-lost', severity: 'overridable' });
    expect(lost?.message).toContain('1-31 → 1-32');
    expect(lost?.remedy).toContain('source-revision: 1-31 and accept: journal-lost');
    expect(lost?.remedy).toContain('istioctl tag set default --revision 1-31 --overwrite -y');
  });
  it('is followed by what the cluster shows, and only by what differs from the source', () => {
    expect(shown.map(({ message }) => message)).toEqual([
      'tag default points to 1-32',
      'namespace payments: istio-injection=enabled; pods 1 on 1-31, 1 on 1-32',
    ]);
  });
});
