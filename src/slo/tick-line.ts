// What does one look at Prometheus read like in the log? All its operands in one line.
import { ratioOf } from './counts.ts';
import type { Judgement } from './judge.ts';
import type { Ledger } from './ledger.ts';
import { count, percent, span } from './sentence.ts';
import { inbound } from './units.ts';

/** Requests, errors, the worst unit with its bound and limit, the data's age, and what is still needed. */
export function tickLine(label: string, ledger: Ledger, judgement: Judgement, nowMs: number): string {
  const pool = inbound(ledger);
  const age = ledger.newestMs === undefined ? 'no data yet' : `data ${span(nowMs - ledger.newestMs)} old`;
  const counted = `${count(pool.requests)} requests, ${count(pool.errors)} failed (${percent(ratioOf(pool))})`;
  const trouble = ledger.trouble === undefined ? [] : [`blind: ${ledger.trouble.reason}`];
  const worst = judgement.kind === 'continue' ? judgement.worst : undefined;
  const needs =
    judgement.kind === 'continue'
      ? [`needs ${judgement.needs.join(', ') || 'one more look'}`]
      : [`${judgement.verdict.kind} (${judgement.verdict.reasonCode}): ${judgement.verdict.reason}`];
  return `gate, ${label}: ${[counted, ...(worst === undefined ? [] : [`worst ${worst.sentence}`]), age, ...trouble, ...needs].join('; ')}`;
}
