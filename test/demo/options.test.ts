import { expect, it } from 'vitest';
import { readOptions } from './options.ts';

const read = (...args: string[]) => readOptions(args, ['payments', 'catalog']);

it('plays an upgrade that goes well unless told', () => {
  expect(read()).toEqual({ kind: 'play', options: { summary: 'demo-summary.md' } });
});
it('breaks one namespace and writes the summary where it is asked to', () => {
  expect(read('--break', 'payments', '--summary', 'x.md')).toEqual({
    kind: 'play',
    options: { breaks: 'payments', summary: 'x.md' },
  });
});
it.each([
  { args: ['--break', 'nowhere'], message: 'the shop has no namespace nowhere; it has payments, catalog' },
  { args: ['--break'], message: '--break needs a value' },
  { args: ['--fast'], message: 'there is no --fast' },
])('says what is wrong with $args', ({ args, message }) => {
  expect(read(...args)).toEqual({ kind: 'wrong', message });
});
it('helps', () => {
  expect(read('--help')).toEqual({ kind: 'help' });
});
