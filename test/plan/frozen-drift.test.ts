import { describe, expect, it } from 'vitest';
import type { Config, FrozenConfig } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import { decodeJournal, encodeJournal } from '../../src/plan/journal-codec.ts';
import { frozenDrift } from '../../src/plan/frozen-drift.ts';
import { aJournal } from '../builders/plan.ts';
import { aMeshOf, aWorkload, SOURCE, TARGET } from '../builders/snapshot.ts';

const configOf = (inputs: Record<string, string>): Config => {
  const parsed = parseConfig({ 'target-revision': '1-32', ...inputs }, undefined);
  if (parsed.kind !== 'ok') throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};
/** As `start` froze it, and as another job reads it back. */
function frozenBy(frozen: FrozenConfig) {
  const mesh = aMeshOf(['payments', 'web']);
  const gateway = aWorkload({ namespace: 'ingress', name: 'gateway', gateway: 'injected' });
  const snapshot = { ...mesh, workloads: [...mesh.workloads, gateway] };
  const made = createPlan({ snapshot, frozen, source: SOURCE, target: TARGET });
  if (made.kind !== 'ok') throw new Error(JSON.stringify(made.problems));
  const read = decodeJournal(encodeJournal(aJournal({ plan: made.value })));
  if (read.kind !== 'found') throw new Error(read.message);
  return read.journal.plan;
}
const started = {
  command: 'start',
  'prometheus-url': 'http://p',
  namespaces: 'pay*\nweb',
  batches: '1\nrest',
  bake: '7m',
  gateways: 'ingress/gateway',
  'max-error-rate': '1%\nlegacy-*: 5%',
};

describe('inputs that `start` froze', () => {
  const plan = frozenBy(configOf(started).frozen);
  it('may be given again as they were', () => {
    expect(frozenDrift(configOf(started), plan)).toEqual([]);
  });
  it('may be left out', () => {
    expect(frozenDrift(configOf({ command: 'promote', 'prometheus-url': 'http://p' }), plan)).toEqual([]);
  });
  it.each([
    ['namespaces', '*'],
    ['exclude-namespaces', 'web'],
    ['batches', 'rest'],
    ['gateways', 'none'],
    ['bake', '1m'],
    ['max-error-rate', '2%'],
    ['strategy', 'relabel'],
    ['on-fail', 'hold'],
    ['tag', 'prod'],
  ])('may not differ: %s', (name, value) => {
    expect(frozenDrift(configOf({ ...started, [name]: value }), plan)).toMatchObject([
      { id: 'frozen-input', severity: 'blocks', subject: `input ${name}` },
    ]);
  });
});
