import { expect, it } from 'vitest';
import { checkBaseline } from '../../src/phases/check-baseline.ts';
import { settingsWith } from '../builders/gate-settings.ts';
import { FakeLog } from '../fakes/log.ts';
import { FakePrometheus } from '../fakes/prometheus.ts';

it.each([
  ['on', 'holds without an answer'],
  ['warn', 'holds without an answer'],
  ['off', 'judges by the limit alone'],
] as const)(
  'says what the gate does where the hour before is not answered for (compare: %s)',
  async (compare, then) => {
    const prometheus = new FakePrometheus({ flows: [], trouble: () => ({ kind: 'unreachable', reason: 'HTTP 503' }) });
    const baseline = { namespaces: ['payments'], gateways: [], endMs: 1_800_000_000_000 };
    const findings = await checkBaseline({ prometheus, log: new FakeLog() }, settingsWith({ compare }), baseline);
    expect(findings).toMatchObject([{ id: 'baseline-not-measured', severity: 'notice' }]);
    expect(findings[0]?.message).toContain('HTTP 503');
    expect(findings[0]?.remedy).toContain(then);
  },
);
