import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SCHEMA } from '../../src/plan/journal-codec.ts';
import { aFullJournal } from '../builders/plan.ts';

const docs = readFileSync(new URL('../../docs/journal.md', import.meta.url), 'utf8');

describe('docs/journal.md', () => {
  const { batches, decision, written } = aFullJournal();
  it.each([
    ...Object.keys(aFullJournal()),
    ...batches.flatMap((batch) => Object.keys(batch)),
    ...written.map(({ kind }) => (kind === 'labels' ? 'where' : 'from')),
    ...Object.keys(decision ?? {}),
  ])('explains `%s`', (name) => {
    expect(docs).toContain(`\`${name}\``);
  });

  it('names the schema that is written', () => {
    expect(docs).toContain(`| \`schema\` | \`${String(SCHEMA)}\` |`);
  });
});
