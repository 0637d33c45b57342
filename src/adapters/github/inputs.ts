// What did the workflow's `with:` say, and what does its runner suggest? Text by input name; nothing is judged. Names the action
// does not have come along: the runner only warns about them, so whoever parses must refuse them.
import * as core from '@actions/core';

const PREFIX = 'INPUT_';

/** Inputs that are set (an empty one is not), and every unknown one, even an empty one, in lower case. */
export function readInputs(names: readonly string[]): Readonly<Record<string, string>> {
  const known = names.map((name) => [name, core.getInput(name)] as const).filter(([, value]) => value !== '');
  return Object.fromEntries([...known, ...unknownTo(new Set(names.map(variableOf)))]);
}

/** A job on a GitHub-hosted runner is killed after six hours; whoever runs the others sets their limit, if any. */
export const suggestedInputs = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  env['RUNNER_ENVIRONMENT'] === 'github-hosted' ? { 'max-duration': '5h30m' } : {};

/** As the runner names an input's variable: hyphens stay. */
const variableOf = (name: string): string => `${PREFIX}${name.replaceAll(' ', '_').toUpperCase()}`;

const unknownTo = (known: ReadonlySet<string>): readonly (readonly [string, string])[] =>
  Object.entries(process.env)
    .filter(([variable]) => variable.startsWith(PREFIX) && !known.has(variable))
    .map(([variable, value]) => [variable.slice(PREFIX.length).toLowerCase(), value ?? '']);
