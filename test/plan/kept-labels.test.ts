import { describe, expect, it } from 'vitest';
import type { Written } from '../../src/plan/journal.ts';
import { keptLabels } from '../../src/plan/kept-labels.ts';
import { aPlan } from '../builders/plan.ts';

type Kind = Extract<Written, { kind: 'labels' }>['object']['kind'];
const wrote = (kind: Kind, name: string, from: string | null, to = '1-32'): Written => ({
  kind: 'labels',
  object: { kind, name, ...(kind === 'Namespace' ? {} : { namespace: 'shop' }) },
  where: kind === 'Namespace' || kind === 'Gateway' ? 'metadata' : 'template',
  labels: { 'istio.io/rev': { from, to } },
});
const written = [
  wrote('Gateway', 'web', null),
  wrote('Namespace', 'shop', 'default'),
  wrote('Deployment', 'api', 'default'),
  wrote('StatefulSet', 'db', '1-31'),
];
const over = 'putting that back would roll it once more';

describe('labels that stay on the target after complete', () => {
  it('are those that putting back would roll, and that did not name the source', () => {
    expect(keptLabels({ plan: aPlan([], { strategy: 'relabel' }), written })).toEqual([
      `Gateway shop/web: keeps istio.io/rev=1-32 (it had none): ${over}`,
      `Deployment shop/api: keeps istio.io/rev=1-32 (it was default): ${over}`,
    ]);
  });

  it('are known by what was there before the first write, also after a batch was held back and tried again', () => {
    const again = [wrote('Deployment', 'api', 'default'), wrote('Deployment', 'api', '1-32', '1-31')];
    const tried = [...again, wrote('Deployment', 'api', '1-31')];
    expect(keptLabels({ plan: aPlan([], { strategy: 'relabel' }), written: tried })).toEqual([
      `Deployment shop/api: keeps istio.io/rev=1-32 (it was default): ${over}`,
    ]);
  });

  it('are none under `tag`, where only what named the source is relabelled', () => {
    expect(keptLabels({ plan: aPlan(), written })).toEqual([]);
  });
});
