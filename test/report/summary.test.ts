import { describe, expect, it } from 'vitest';
import type { Ending } from '../../src/plan/ending.ts';
import { summaryOf } from '../../src/report/summary.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';
import { aBasis, aUnit, heldEnding, plannedEnding, refusedEnding } from './endings.ts';
import { HOSTILE } from './hostile.ts';
import { strangeIn, withoutFences } from './markdown-lines.ts';

const titles = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^### (.+)$/gm)].map(([, title]) => title ?? '');
const rowsOf = (markdown: string, title: string): readonly string[] =>
  (markdown.split(`### ${title}\n`)[1] ?? '')
    .split('\n### ')[0]
    ?.split('\n')
    .filter((line) => line.startsWith('| ')) ?? [];

describe('the job summary', () => {
  it('has its sections in the documented order', () => {
    expect(titles(summaryOf(aBasis(heldEnding())))).toEqual([
      'What to do next',
      'State',
      'Verdict',
      'Timeline',
      'The worst signal',
      'Plan',
      'This run',
    ]);
    expect(titles(summaryOf(aBasis(heldEnding({ kind: 'promoted' }))))).toContain('Next batch');
  });

  it('begins with what happened and what it means for users', () => {
    expect(summaryOf(aBasis(heldEnding())).split('\n').slice(0, 5)).toEqual([
      '## ✋ Istio upgrade: held (error-rate)',
      '',
      '**batch 2 is held: FAIL (error-rate), payments: 37 of 1,204 requests failed**',
      '',
      'Users are affected: 37 of 2,204 requests failed (1.7 %) until 12:05:00Z.',
    ]);
  });

  it('keeps a namespace together, the worst one first', () => {
    const rows = rowsOf(summaryOf(aBasis(heldEnding())), 'Verdict').slice(2);
    expect(rows).toEqual([
      '| payments | inbound, as it arrived | ❌ over the limit, proved | 37 | 1,204 | 3.1 % | 1 % | 2.1 % to 4.3 % | 0.01 % of 70,000 | 503 UH × 31, 500 × 6 | ▁▂█ |',
      '| payments | inbound, as callers saw it | ✅ within the limit | 0 | 1,000 | 0 % | 1 % | 0 % to 0.8 % | – |  |  |',
      '| orders | inbound, as callers saw it | ✅ within the limit | 0 | 1,000 | 0 % | 1 % | 0 % to 0.8 % | 4 % of 1,000 |  |  |',
    ]);
  });

  it('tells limits as they were approved, beside the ratio and in what was bad before', () => {
    const unit = aUnit('web', { errors: 31, limit: 0.0125, before: { requests: 10_000, errors: 126 } });
    const summary = summaryOf(aBasis(heldEnding({ verdict: aVerdict({ units: [unit] }) })));
    expect(rowsOf(summary, 'Verdict')[2]).toContain('| 3.1 % | 1.25 % |');
    expect(summary).toContain('1.3 % of 10,000 requests failed, limit 1.25 %');
  });

  it('then lists what is unproved, what was bad before, and what could not be restarted', () => {
    const summary = summaryOf(aBasis(heldEnding()));
    const places = ['**Unproved**', '**Already bad before**', '**Not restartable, or not put back**'].map((text) =>
      summary.indexOf(text),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThan(0);
    expect(summary).toContain('- orders (inbound, as callers saw it): 4 % of 1,000 requests failed, limit 1 %');
  });

  it("shows the worst signal's query whole, with its window, and the others folded", () => {
    const summary = summaryOf(aBasis(heldEnding()));
    const [shown, folded] = (summary.split('### The worst signal')[1] ?? '').split('<details>');
    expect(shown).toContain('From 2026-10-01 12:00:00Z to 2026-10-01 12:05:00Z; the newest sample was 10s old.');
    expect(shown).toContain('```promql\nsum by (destination_workload_namespace, response_code)');
    expect(folded).toContain('destination_service_namespace');
  });

  it('tells the timeline in UTC and folds the older part', () => {
    const timeline = Array.from({ length: 40 }, (_, index) => ({
      at: new Date(Date.UTC(2026, 9, 1, 12, index)).toISOString(),
      text: `entry ${String(index)}`,
    }));
    const summary = summaryOf(aBasis(heldEnding({ journal: aJournal({ timeline }) })));
    expect(summary).toContain('<details><summary>10 earlier entries</summary>');
    expect(summary).toContain('| 2026-10-01 12:39:00Z | entry 39 |');
  });

  it('shows a reviewer the next batch: its namespaces, pods and times', () => {
    const summary = summaryOf(aBasis(plannedEnding({ nextBatch: 2 })));
    const section = summary.split('### Next batch')[1] ?? '';
    expect(section).toContain('Batch 2 of 2: 2 namespaces, 2 pods.');
    expect(section).toContain(
      'at worst 40m (a minute for each 20 workloads, 10m for one that hangs, 30m of watching), and 40m for a rollback',
    );
    expect(section).toContain('| payments | restart | 1 | 1 |');
  });

  it.each([
    {
      record: { restartedAt: '2026-10-01T11:58:00.000Z' },
      says: ['Batch 1, with 1 pod, took 7m from its first restart to its verdict.'],
      why: 'the first restart and the end of the window are known',
    },
    { record: {}, says: [], why: 'nobody knows when it began' },
    { record: { status: 'held', restartedAt: '2026-10-01T11:58:00.000Z' }, says: [], why: 'none has passed' },
  ] as const)('tells the reviewer how long the last batch took, if it can ($says): $why', ({ record, says }) => {
    const plan = aPlan([['canary'], ['orders']]);
    const batches = [{ number: 1, status: 'passed', verdict: aVerdict(), ...record } as const];
    const journal = aJournal({ plan, batches });
    const summary = summaryOf(aBasis(heldEnding({ kind: 'promoted', plan, journal, nextBatch: 2 })));
    const section = summary.split('### Next batch')[1] ?? '';
    expect(section.match(/Batch 1, with .*?\./g) ?? []).toEqual(says);
  });

  it('lists every finding with id, severity and remedy', () => {
    const summary = summaryOf(aBasis(refusedEnding()));
    expect(summary).toContain(
      '| <code>unknown-input</code> | blocks | input tagg | There is no input <code>tagg</code>. | Did you mean <code>tag</code>? |',
    );
    expect(summary).toContain('The cluster was not read.');
  });

  it.each(HOSTILE)('takes $reason literally, wherever it stands', ({ text }) => {
    const summary = summaryOf(aBasis(hostile(text)));
    expect(strangeIn(summary)).toEqual([]);
    const { outside } = withoutFences(summary.split('\n'));
    // Headings are ours alone.
    expect(outside.filter((line) => line.startsWith('#')).length).toBe(
      withoutFences(summaryOf(aBasis(hostile('payments'))).split('\n')).outside.filter((line) => line.startsWith('#'))
        .length,
    );
  });

  it('stays below 1 MiB and says what it left out', () => {
    const ending = hostile('<'.repeat(100_000));
    const units = Array.from({ length: 3000 }, (_, index) => aUnit(`${'<'.repeat(300)}${String(index)}`));
    const summary = summaryOf(
      aBasis({ ...ending, verdict: aVerdict({ units, unproved: units.map(({ subject }) => subject) }) }),
    );
    expect(new TextEncoder().encode(summary).length).toBeLessThan(1_048_576);
    expect(summary).toMatch(
      /> Left out, because a summary may not be larger than 1 MiB: .+\. The report file has everything\./,
    );
  });

  it('of a thousand namespaces needs no cut but that of its tables', () => {
    const units = Array.from({ length: 3000 }, (_, index) => aUnit(`team-${String(index)}-namespace`));
    const names = Array.from({ length: 1000 }, (_, index) => `team-${String(index)}-namespace`);
    const plan = aPlan(Array.from({ length: 10 }, (_, index) => names.slice(index * 100, index * 100 + 100)));
    const summary = summaryOf(aBasis(heldEnding({ plan, verdict: aVerdict({ units }) })));
    expect(summary).toContain('… and 2700 more rows, all in the report file.');
    expect(summary).not.toContain('> Left out');
  });
});

/** The same text wherever text of others may stand. */
function hostile(text: string): Ending {
  const plan = aPlan([[text]], { leftAlone: [text] });
  return heldEnding({
    kind: 'promoted',
    nextBatch: 1,
    reasonCode: text,
    sentence: `batch: ${text}`,
    next: `Run: ${text}`,
    resumeCommand: text,
    plan,
    journal: aJournal({ plan, timeline: [{ at: text, text }], recovery: aVerdict({ reason: text }) }),
    findings: [{ id: text, severity: 'notice', subject: text, message: text, remedy: text }],
    verdict: aVerdict({
      reason: text,
      units: [aUnit(text, { causes: { [text]: 1 }, before: { requests: 10, errors: 5 } })],
      unproved: [text],
      warnings: [text],
      queries: [text],
    }),
    state: {
      moved: 0,
      total: 1,
      tagRevision: text,
      podsByRevision: { [text]: 1 },
      gatewaysOnTarget: 0,
      gatewaysTotal: 0,
      sourceAvailable: 0,
      leftOver: [text],
    },
  });
}
