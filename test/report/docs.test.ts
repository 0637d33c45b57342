import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ENDINGS } from '../../src/plan/ending.ts';
import { OUTPUT_NAMES } from '../../src/report/outputs.ts';
import { reportOf } from '../../src/report/report-json.ts';
import { aBasis, heldEnding } from './endings.ts';

const docs = readFileSync(new URL('../../docs/report.md', import.meta.url), 'utf8');

describe('docs/report.md', () => {
  const { verdict, state } = heldEnding();
  it.each([
    ...OUTPUT_NAMES,
    ...ENDINGS,
    ...Object.keys(reportOf(aBasis(heldEnding()))),
    ...Object.keys(verdict ?? {}),
    ...Object.keys(state ?? {}),
  ])('explains `%s`', (name) => {
    expect(docs).toContain(`\`${name}\``);
  });
});
