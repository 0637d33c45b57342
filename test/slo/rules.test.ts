// Does every rule of docs/gate.md have a test of its name?
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASON_OF } from '../../src/config/accept-hold.ts';
import { INPUTS } from '../../src/config/inputs.ts';

const docs = readFileSync(new URL('../../docs/gate.md', import.meta.url), 'utf8');
const root = new URL('../', import.meta.url).pathname;
const tests = globSync('**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('rules.test.ts'))
  .map((file) => readFileSync(`${root}${file}`, 'utf8'));
/** Of `it('…'` and `it.each(…)('…'`: a text that stands anywhere else tests nothing. */
const TITLE = /\bit(?:\.each\b[^]*?\))?\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/gu;
const titlesIn = (text: string): readonly string[] =>
  [...text.matchAll(TITLE)].map(([, , title = '']) => title.replaceAll(/\\(.)/gu, '$1'));
const titles: ReadonlySet<string> = new Set(tests.flatMap(titlesIn));
const rules = (docs.split('## The rules')[1] ?? '').split('\n').flatMap((line) => /^- (.*)$/.exec(line)?.[1] ?? []);

describe('the rules of docs/gate.md', () => {
  it('are many', () => {
    expect(rules.length).toBeGreaterThan(50);
  });
  it.each(rules)('have a test named: %s', (rule) => {
    expect(titles.has(rule)).toBe(true);
  });
});

describe('the title of a test', () => {
  it.each([
    ["it('asks', () => 'nothing');", ['asks']],
    ['it(\n  "it isn\'t",\n  () => 1);', ["it isn't"]],
    ["it('it isn\\'t', f);", ["it isn't"]],
    ["it.each([[f(1), 'a row'], ['b', 2]])('takes %s', f);", ['takes %s']],
    ["const rule = 'no test'; describe('no test', f); await('no test'); expect('x').toBe('no test');", []],
  ])('is told from other texts: %j', (text, found) => {
    expect(titlesIn(text)).toEqual(found);
  });
});

describe('docs/gate.md', () => {
  it.each(Object.keys(REASON_OF))('explains the reason code %s', (code) => {
    expect(docs).toContain(`\`${code}\``);
  });
  it('speaks of no setting that there is not', () => {
    const known: readonly string[] = INPUTS.map(({ name }) => name);
    const named = [...docs.matchAll(/\*\*`([a-z-]+)`\*\*/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});
