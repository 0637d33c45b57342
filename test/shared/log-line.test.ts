import { describe, expect, it } from 'vitest';
import { logLine, visible } from '../../src/shared/log-line.ts';
import { HOSTILE, UNSAFE } from '../report/hostile.ts';

describe('a line of the log', () => {
  it.each(HOSTILE)('takes $reason for text', ({ text }) => {
    const line = logLine(text);
    expect(line).not.toMatch(UNSAFE);
    expect(line).not.toContain('\n');
    expect(line.trimStart()).not.toMatch(/^::/);
    expect(line).not.toContain('##[');
  });

  it.each([
    { text: 'payments 3/5 workloads, 12/20 pods on 1-32', reason: 'our own progress' },
    { text: 'istio-injection: enabled → none, istio.io/rev: none → 1-31', reason: 'arrows and colons' },
    { text: 'sum(rate(a::b{c="d|e"}[5m]))', reason: 'a query with colons inside' },
    { text: 'größer, 数, 🚀', reason: 'letters of the world' },
  ])('leaves $reason as it is', ({ text }) => {
    expect(logLine(text)).toBe(text);
  });

  it('spells control characters out, so that nothing is lost', () => {
    expect(visible('a\nb\r\u001b[0m\u202e')).toBe(String.raw`a\nb\r\x1b[0m\u202e`);
    expect(visible('a\tb')).toBe('a b');
  });
});
