// Where does an input's text come from, and what becomes of problems on the way? Collects; decides nothing.
import type { Finding } from '../mesh/finding.ts';
import type { FileValues } from './config-file.ts';
import type { Objective } from './config.ts';
import { advised, inputProblem, exampleOf, subjectOf } from './input-problem.ts';
import { INPUTS, type InputName } from './inputs.ts';
import type { Parsed } from './parsed.ts';

type Parser<T> = (text: string) => Parsed<T>;

export interface Reading {
  /** The input's value, or its default's; a problem is noted and the default stands in, so that reading goes on. */
  value<T>(name: InputName, parse: Parser<T>): T;
  /** The input's value; undefined where it is not set, or where a problem was noted. */
  optional<T>(name: InputName, parse: Parser<T>): T | undefined;
  objectives(parse: Parser<readonly Objective[]>): readonly Objective[];
  /** The user, the file or the surroundings gave it a value. */
  isSet(name: InputName): boolean;
  /** No problem was noted about it. */
  isSound(name: InputName): boolean;
  /** Notes findings. */
  blame(...findings: readonly Finding[]): void;
  readonly problems: readonly Finding[];
}

export interface Sources {
  readonly inputs: Readonly<Record<string, string>>;
  readonly file: FileValues;
  readonly defaults: Readonly<Record<string, string>>;
}

/** Reads inputs first, then the file, then `defaults`; blank text is not set. */
export function reading({ inputs, file, defaults }: Sources): Reading {
  const problems: Finding[] = [];
  const textOf = (name: string): string =>
    [inputs[name], file.strings[name], defaults[name]].map((text) => text?.trim() ?? '').find((text) => text !== '') ??
    '';

  const settle = <T>(name: InputName, parsed: Parsed<T>): T | undefined => {
    if (parsed.kind === 'ok') return parsed.value;
    const input = rowOf(name);
    for (const problem of parsed.problems) {
      const { message, remedy } = advised(problem, exampleOf(input));
      problems.push(inputProblem('bad-input', name, `\`${name}\`: ${message}`, remedy));
    }
    return undefined;
  };
  const optional = <T>(name: InputName, parse: Parser<T>): T | undefined => {
    const text = textOf(name);
    return text === '' ? undefined : settle(name, parse(text));
  };
  return {
    problems,
    optional,
    value: (name, parse) => optional(name, parse) ?? defaultOf(name, parse),
    objectives: (parse) => {
      const inFile = (inputs['objectives'] ?? '').trim() === '' ? file.objectives : undefined;
      return (inFile === undefined ? optional('objectives', parse) : settle('objectives', inFile)) ?? [];
    },
    isSet: (name) => textOf(name) !== '' || (name === 'objectives' && file.objectives !== undefined),
    isSound: (name) => problems.every(({ subject }) => subject !== subjectOf(name)),
    blame: (...findings) => {
      problems.push(...findings);
    },
  };
}

function rowOf(name: InputName): (typeof INPUTS)[number] {
  const row = INPUTS.find((input) => input.name === name);
  if (row === undefined) throw new Error(`the table of inputs has no row ${name}`);
  return row;
}

function defaultOf<T>(name: InputName, parse: Parser<T>): T {
  const parsed = parse(rowOf(name).default);
  if (parsed.kind === 'ok') return parsed.value;
  throw new Error(`the table's own default of ${name} is not valid: ${parsed.problems.join('; ')}`);
}
