// What does a problem with an input look like as a finding? Always one that blocks.
import type { Finding } from '../mesh/finding.ts';
import type { Input } from './inputs.ts';

export type InputProblem =
  | 'unknown-input'
  | 'missing-input'
  | 'bad-input'
  | 'conflicting-inputs'
  | 'bad-config-file'
  | 'bad-usage';

/** A blocking finding about the input `name`; `message` comes without its full stop. */
export const inputProblem = (id: InputProblem, name: string, message: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject: subjectOf(name),
  message: `${message}.`,
  remedy,
});

/** How findings name an input. */
export const subjectOf = (name: string): string => `input ${name}`;

/** A semicolon between quotes is the user's. */
const WITH_ADVICE = /^((?:"(?:[^"\\]|\\.)*"|[^"])*?); (.*)$/u;

/** A parser's problem as a finding's message and remedy; `otherwise` where it does not say itself what to do. */
export function advised(problem: string, otherwise: string): { readonly message: string; readonly remedy: string } {
  const [, message, advice = ''] = WITH_ADVICE.exec(problem) ?? [];
  if (message === undefined) return { message: problem, remedy: otherwise };
  return { message, remedy: `${advice.charAt(0).toUpperCase()}${advice.slice(1)}.` };
}

/** A sentence that shows how the input is written. */
export function exampleOf({ name, example, lines }: Pick<Input, 'name' | 'example' | 'lines'>): string {
  if (!example.includes('\n')) return `Write it as \`${name}: ${example}\`.`;
  if (!lines) return 'Mend it there; README.md says what belongs into it.';
  const each = example.split('\n').map((line) => `\`${line}\``);
  return `Write one a line, such as ${each.join(', ')}.`;
}
