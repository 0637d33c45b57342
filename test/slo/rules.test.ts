// Does every rule of docs/gate.md have a test of its name?
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASON_OF } from '../../src/config/accept-hold.ts';
import { INPUTS } from '../../src/config/inputs.ts';

const docs = readFileSync(new URL('../../docs/gate.md', import.meta.url), 'utf8');
const root = new URL('../', import.meta.url).pathname;
const tests = globSync('**/*.ts', { cwd: root })
  .filter((file) => !file.endsWith('rules.test.ts'))
  .map((file) => readFileSync(`${root}${file}`, 'utf8').replaceAll("\\'", "'"));
const rules = (docs.split('## The rules')[1] ?? '').split('\n').flatMap((line) => /^- (.*)$/.exec(line)?.[1] ?? []);

describe('the rules of docs/gate.md', () => {
  it('are many', () => {
    expect(rules.length).toBeGreaterThan(50);
  });
  it.each(rules)('have a test named: %s', (rule) => {
    expect(tests.some((text) => text.includes(`'${rule}'`) || text.includes(`"${rule}"`))).toBe(true);
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
