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
    ['namespaces', '*', '*', 'pay*, web'],
    ['exclude-namespaces', 'web', 'web', 'not set'],
    ['batches', 'web label: tier=gold\n7%\nrest by 25%', 'web label: tier=gold, 7%, rest by 25%', '1, rest'],
    ['batches', '10%\nrest by 10', '10%, rest by 10', '1, rest'],
    ['gateways', 'none', 'none', 'ingress/gateway'],
    ['bake', '90s', '1m30s', '7m'],
    ['interval', '30s', '30s', 'auto'],
    ['max-error-rate', '0.7%', '0.7%', '1%, legacy-*: 5%'],
    ['prometheus-matchers', 'cluster!=eu', 'cluster!=eu', 'not set'],
    ['grpc-error-statuses', 'INTERNAL', '13', '2 4 8 12 13 14 15'],
    ['strategy', 'relabel', 'relabel', 'tag'],
    ['pin-waiting', 'false', 'false', 'true'],
    ['min-requests', '10', '10', '300'],
    ['on-fail', 'hold', 'hold', 'rollback'],
    ['tag', 'prod', 'prod', 'default'],
  ])('may not differ, and both are told as they are written: %s %j', (name, value, now, before) => {
    const message = `\`${name}\` is ${now}; when the upgrade in progress was started it was ${before}`;
    expect(frozenDrift(configOf({ ...started, [name]: value }), plan)).toMatchObject([
      { id: 'frozen-input', severity: 'blocks', subject: `input ${name}`, message },
    ]);
  });
  it('may not install in another way', () => {
    const inputs = { ...started, install: 'helm', 'install-args': 'istio/istiod\n--set=a=b' };
    expect(frozenDrift(configOf(inputs), plan).map(({ message }) => message)).toEqual([
      '`install` is helm; when the upgrade in progress was started it was none',
      '`install-args` is istio/istiod, --set=a=b; when the upgrade in progress was started it was not set',
    ]);
  });
  it('are not told in full where they are objectives', () => {
    const objectives = '- {name: a, query: up, max: 1}';
    expect(frozenDrift(configOf({ ...started, objectives }), plan)).toMatchObject([
      { message: '`objectives` are not those with which the upgrade in progress was started' },
    ]);
  });
});
