import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const docs = read('docs/prometheus.md');
const ids = ['measure-prometheus', 'measure-origins', 'check-objectives', 'rehearse'].flatMap((phase) =>
  [...read(`src/phases/${phase}.ts`).matchAll(/(?:\bid: |\bfinding\(\s*)'(?<id>[a-z-]+)'/gu)].map(
    ({ groups }) => groups?.['id'] ?? '',
  ),
);

describe('docs/prometheus.md', () => {
  it('is held against the findings there are', () => {
    expect(ids.length).toBeGreaterThan(12);
  });

  it.each([...new Set(ids)].filter((id) => id !== 'rehearsal-not-measured'))('explains `%s`', (id) => {
    expect(docs).toContain(`\`${id}\``);
  });
});
