// What would the gate have said of the past, and how long would a PASS take? Tables for the summary of a plan.
import type { Ending } from '../plan/ending.ts';
import { count, percent, span } from '../slo/sentence.ts';
import { cut, markdownProse, markdownText } from './markdown.ts';
import { table } from './markdown-table.ts';

const MOST_ROWS = 300;
const LONGEST = 600;
const SIGNS = { FAIL: '❌ FAIL', HOLD: '✋ HOLD', PASS: '✅ PASS' } as const;
const GRAVITY = { FAIL: 2, HOLD: 1, PASS: 0 } as const;

/** Namespaces, gravest first, then batches; empty where nothing was rehearsed. */
export function rehearsalLines({ rehearsal }: Pick<Ending, 'rehearsal'>): readonly string[] {
  if (rehearsal === undefined || rehearsal.namespaces.length === 0) return [];
  const namespaces = rehearsal.namespaces
    .toSorted((a, b) => GRAVITY[b.verdict] - GRAVITY[a.verdict])
    .map(({ namespace, verdict, requests, errors, smallestBreach, passAfterMs, sentence }) => [
      markdownText(namespace),
      SIGNS[verdict],
      count(errors),
      count(requests),
      smallestBreach === undefined ? 'none' : percent(smallestBreach),
      passAfterMs === undefined ? 'not within max-bake' : span(passAfterMs),
      markdownProse(cut(sentence, LONGEST)),
    ]);
  const batches = rehearsal.batches.map(({ passAfterMs, requests }, index) => [
    String(index + 1),
    passAfterMs === undefined ? 'no traffic to pass on' : span(passAfterMs),
    count(requests),
  ]);
  return [
    'What the gate would have said before the upgrade, and what this traffic can prove:',
    '',
    ...table(
      ['namespace', 'verdict', 'failed', 'requests', 'smallest breach that would show', 'PASS after', 'in words'],
      namespaces,
      MOST_ROWS,
    ),
    '',
    ...table(['batch', 'PASS after, if it is well', 'requests within max-bake'], batches, MOST_ROWS),
  ];
}
