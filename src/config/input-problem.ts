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

/** A blocking finding about the input `name`; `message` is a sentence without its full stop, as in every finding. */
export const inputProblem = (id: InputProblem, name: string, message: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject: subjectOf(name),
  message,
  remedy,
});

/** How findings name an input. */
export const subjectOf = (name: string): string => `input ${name}`;

/** The lines of YAML to paste. */
export const pasteOf = (input: Pick<Input, 'name' | 'example'>): string =>
  input.example.includes('\n')
    ? `${input.name}: |\n${input.example.replaceAll(/^/gmu, '  ')}`
    : `${input.name}: ${input.example}`;
