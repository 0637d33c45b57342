import { describe, expect, it } from 'vitest';
import { cut, markdownCode, markdownFence, markdownProse, markdownText } from '../../src/report/markdown.ts';
import { HOSTILE, UNSAFE } from './hostile.ts';

/** What a browser makes of the entities: must be the text again. */
const decoded = (markdown: string): string =>
  markdown.replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)));

/** Characters that begin markup wherever they stand. */
const MARKUP = /[<>|`*[\]\\~!@$]/;

describe('text in markdown', () => {
  it.each(HOSTILE)('takes $reason literally', ({ text }) => {
    const markdown = markdownText(text);
    expect(markdown).not.toMatch(UNSAFE);
    expect(markdown).not.toContain('\n');
    expect(markdown).not.toMatch(MARKUP);
    expect(markdown).not.toMatch(/^\s*(?:#|[-+=]|\d+[.)])(?!\d)/);
    expect(markdown).not.toMatch(/:\/\//);
  });

  it.each(HOSTILE)('in code takes $reason literally', ({ text }) => {
    const inside = markdownCode(text)
      .replace(/^<code>/, '')
      .replace(/<\/code>$/, '');
    expect(inside).not.toMatch(MARKUP);
    expect(inside).not.toMatch(UNSAFE);
  });

  it.each(HOSTILE)('in a sentence takes $reason literally', ({ text }) => {
    const rest = markdownProse(text).replaceAll(/<\/?code>/g, '');
    expect(rest).not.toMatch(MARKUP);
    expect(rest).not.toMatch(UNSAFE);
  });

  it('shows the very text once a browser has read the entities', () => {
    for (const text of ['a | b', '<b>&amp;</b>', '`x`', '_a_ b_c', 'www.evil.example'])
      expect(decoded(markdownText(text))).toBe(text);
  });

  it('leaves names readable in the source', () => {
    expect(markdownText('payments-eu/ingress.v1')).toBe('payments-eu/ingress.v1');
    expect(markdownText('istio_requests_total')).toBe('istio_requests_total');
  });

  it('shows what stands between backticks as code', () => {
    expect(markdownProse('Run `promote` again.')).toBe('Run <code>promote</code> again.');
    expect(markdownProse('an odd ` alone')).toBe('an odd &#96; alone');
    expect(markdownProse('`<b>|`')).toBe('<code>&#60;b&#62;&#124;</code>');
  });
});

describe('a fenced block', () => {
  it.each(HOSTILE)('is not closed by $reason', ({ text }) => {
    const lines = markdownFence(text, 'promql').split('\n');
    const fence = lines.at(-1) ?? '';
    expect(fence).toMatch(/^`{3,}$/);
    for (const line of lines.slice(1, -1)) expect(line.trim().startsWith(fence)).toBe(false);
  });

  it('keeps the lines of a query', () => {
    expect(markdownFence('a\nb', 'promql')).toBe('```promql\na\nb\n```');
  });
});

describe('cutting', () => {
  it('says so, and never halves a character', () => {
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abcd', 3)).toBe('abc… (cut)');
    expect(cut('ab🚀d', 3)).toBe('ab… (cut)');
  });
});
