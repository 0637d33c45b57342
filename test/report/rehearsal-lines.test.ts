import { describe, expect, it } from 'vitest';
import { rehearsalLines } from '../../src/report/rehearsal-lines.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { aRun, heldEnding } from './endings.ts';

const rehearsed = (namespace: string, over: object = {}) => ({
  namespace,
  signal: 'client' as const,
  requests: 18_000,
  errors: 0,
  verdict: 'PASS' as const,
  smallestBreach: 0.014,
  passAfterMs: 300_000,
  sentence: `${namespace}: 0 of 18,000 requests failed`,
  ...over,
});
const rehearsal = {
  namespaces: [
    rehearsed('payments'),
    rehearsed('idle', { verdict: 'HOLD', requests: 0, smallestBreach: undefined, passAfterMs: undefined }),
    rehearsed('web', { verdict: 'FAIL', errors: 540 }),
  ],
  batches: [{ passAfterMs: 450_000, requests: 1_200 }, { requests: 0 }],
};

describe('the rehearsal in the summary', () => {
  const lines = rehearsalLines({ rehearsal });
  it('has the gravest namespace first, with what its traffic can prove', () => {
    const [web, idle, payments] = lines.filter((line) => / (?:FAIL|HOLD|PASS) \|/u.test(line));
    expect(web).toMatch(/^\| web \| ❌ FAIL \| 540 \| 18,000 \| 1\.4 % \| 5m \|/u);
    expect(idle).toMatch(/^\| idle \| ✋ HOLD \| 0 \| 0 \| none \| not within max-bake \|/u);
    expect(payments).toMatch(/^\| payments \| ✅ PASS/u);
  });

  it('tells how long each batch would wait', () => {
    expect(lines).toContain('| 1 | 7m30s | 1,200 |');
    expect(lines).toContain('| 2 | no traffic to pass on | 0 |');
  });

  it('is a section of its own, where there was one', () => {
    const page = summaryOf({ ending: heldEnding({ kind: 'planned', rehearsal }), run: aRun({ command: 'plan' }) });
    expect(page).toContain('### Rehearsal');
    expect(summaryOf({ ending: heldEnding(), run: aRun() })).not.toContain('### Rehearsal');
  });
});
