// What was not moved, of all that the journal remembers?
import type { Journal, LeftOver } from './journal.ts';
import type { JournalEvent } from './journal-event.ts';

const MOST_LEFT_OVER = 500;

/** What a batch left is told once; a rollback takes the place of what it takes back. */
export function leftOverAfter(
  { leftOver = [], decision }: Journal,
  { by, sentences }: Extract<JournalEvent, { kind: 'left-over' }>,
): readonly LeftOver[] {
  const stays = (entry: LeftOver): boolean =>
    entry.by !== by && (by !== 'rollback' || (decision?.scope === 'batch' && decision.batch !== entry.by));
  const all = [...leftOver.filter(stays), ...sentences.map((text) => ({ by, text }))];
  const more = all.length - MOST_LEFT_OVER;
  return more > 0 ? [...all.slice(0, MOST_LEFT_OVER), { by, text: `and ${String(more)} more` }] : all;
}

/** A source that was removed was proved to be unused before. */
export const leftAtTheEnd = ({ plan, leftOver = [] }: Journal): readonly LeftOver[] =>
  plan.removeSource === 'keep' ? leftOver : [];
