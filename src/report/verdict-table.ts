// What did the gate see, namespace by namespace? A table, worst first, then what no verdict covers. It judges nothing.
import { count, limitText, percent, topCauses } from '../slo/sentence.ts';
import type { Signal, UnitVerdict, Verdict } from '../slo/verdict.ts';
import { cut, markdownProse, markdownText } from './markdown.ts';
import { table } from './markdown-table.ts';

const MOST_ROWS = 300;
const MOST_NAMES = 200;
const LONGEST = 300;

const SIGNALS: Readonly<Record<Signal, string>> = {
  client: 'inbound, as callers saw it',
  server: 'inbound, as it arrived',
  outbound: 'outbound',
  gateway: 'gateway',
  tcp: 'TCP connections, as callers saw them',
};
const STATES: Readonly<Record<UnitVerdict['state'], string>> = {
  fail: '❌ over the limit, proved',
  'over-limit-unproved': '⚠️ over the limit, not proved',
  'no-data': '❔ no data',
  thin: '❔ too little traffic',
  pass: '✅ within the limit',
};

/** Rows of one subject stay together, in the order of each subject's worst unit; within it, worst first. */
export function verdictTable(verdict: Verdict): readonly string[] {
  if (verdict.units.length === 0) return ['No unit was measured.'];
  const head = [
    'namespace',
    'signal',
    'verdict',
    'failed',
    'requests',
    'error rate',
    'limit',
    'is, at 99 %',
    'the hour before',
    'causes',
    'trend',
  ];
  return table(head, bySubject(verdict.units).map(row), MOST_ROWS);
}

const bySubject = (units: readonly UnitVerdict[]): readonly UnitVerdict[] =>
  [...Map.groupBy(units, ({ subject }) => subject).values()].flat();

function row(unit: UnitVerdict): readonly string[] {
  const seen = unit.requests > 0;
  const said = (ratio: number): string => percent(ratio, unit.limit);
  return [
    markdownText(cut(unit.subject, LONGEST)),
    SIGNALS[unit.signal],
    STATES[unit.state],
    count(unit.errors),
    count(unit.requests),
    seen ? said(unit.errors / unit.requests) : '–',
    limitText(unit.limit),
    seen ? `${said(unit.atLeast)} to ${said(unit.atMost)}` : '–',
    unit.before === undefined || !(unit.before.requests > 0)
      ? '–'
      : `${said(unit.before.errors / unit.before.requests)} of ${count(unit.before.requests)}`,
    markdownText(cut(topCauses(unit.causes ?? {}), LONGEST)),
    markdownText(cut(unit.trend ?? '', LONGEST)),
  ];
}

/** Unproved, already bad before, not restartable, warnings: a list each, only where there is something. */
export function besideTheVerdict(verdict: Verdict | undefined, leftOver: readonly string[]): readonly string[] {
  return [
    ...list('Unproved', 'their traffic could prove nothing either way', verdict?.unproved ?? []),
    ...list('Already bad before', 'over the limit in the hour before, so not the upgrade alone', badBefore(verdict)),
    ...list('Not restartable, or not put back', 'by name, with the reason', leftOver),
    ...list('Warnings', 'they decide nothing', verdict?.warnings ?? []),
  ];
}

const badBefore = (verdict: Verdict | undefined): readonly string[] =>
  (verdict?.units ?? []).flatMap(({ subject, signal, before, limit }) =>
    before !== undefined && before.requests > 0 && before.errors / before.requests > limit
      ? [
          `${subject} (${SIGNALS[signal]}): ${percent(before.errors / before.requests, limit)} of ${count(before.requests)} requests failed, limit ${limitText(limit)}`,
        ]
      : [],
  );

function list(title: string, meaning: string, items: readonly string[]): readonly string[] {
  if (items.length === 0) return [];
  const rest = items.length - MOST_NAMES;
  return [
    `**${title}** (${String(items.length)}; ${meaning}):`,
    '',
    ...items.slice(0, MOST_NAMES).map((item) => `- ${markdownProse(cut(item, LONGEST))}`),
    ...(rest > 0 ? [`- … and ${String(rest)} more, all in the report file`] : []),
    '',
  ];
}
