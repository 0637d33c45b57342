// What does a command line ask for? The same strings as the action's inputs; flags are the inputs' names. No message
// repeats a value: one that stands in the wrong place may be a secret.
import type { Finding } from '../mesh/finding.ts';
import { COMMANDS } from './config.ts';
import { inputProblem } from './input-problem.ts';
import { INPUT_NAMES, inputNamed } from './inputs.ts';
import { nearest } from './nearest.ts';
import { shown } from './parsed.ts';

export type CommandLine =
  | { readonly kind: 'inputs'; readonly inputs: Readonly<Record<string, string>> }
  | { readonly kind: 'help' }
  | { readonly kind: 'problems'; readonly problems: readonly Finding[] };

/**
 * The inputs of `plan --target-revision 1-32-0 --namespaces a --namespaces b …`, given without `node` and the script.
 * `--name=value` and `--name value` are the same; inputs of several lines may be repeated. `--help` anywhere is help.
 */
export function parseArgv(args: readonly string[]): CommandLine {
  if (args.some((arg) => arg === '--help' || arg === '-h') || args[0] === 'help') return { kind: 'help' };
  const inputs: Record<string, string> = {};
  const problems: Finding[] = [];
  const blame = (message: string, remedy: string): void => {
    problems.push(inputProblem('bad-usage', 'command line', message, remedy));
  };
  const set = (name: string, value: string): void => {
    const before = inputs[name];
    if (before === undefined) inputs[name] = value;
    else if (inputNamed(name)?.lines === true) inputs[name] = `${before}\n${value}`;
    else blame(`--${name} is given twice`, 'Give it once.');
  };

  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-')) {
      if (index > 0) blame(`Argument ${index + 1} stands alone`, 'Put a flag before it; `--help` lists them.');
      else if (COMMANDS.some((command) => command === arg)) set('command', arg);
      else blame(`There is no command ${shown(arg)}`, commandHint(arg));
      continue;
    }
    const equals = arg.indexOf('=');
    const name = (equals < 0 ? arg : arg.slice(0, equals)).replace(/^--?/u, '');
    const following = args[index + 1];
    const value = equals >= 0 ? arg.slice(equals + 1) : following;
    const takesFollowing = equals < 0 && following !== undefined && !following.startsWith('--');
    if (takesFollowing) index += 1;
    if (inputNamed(name) === undefined || !arg.startsWith('--'))
      blame(`There is no flag ${shown(`--${name}`)}`, flagHint(name));
    else if (value === undefined || (equals < 0 && !takesFollowing)) {
      blame(`--${name} has no value`, `Write --${name}=<value>; with =, the value may itself begin with --.`);
    } else set(name, value);
  }
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'inputs', inputs };
}

function commandHint(word: string): string {
  const near = nearest(word, COMMANDS);
  return near === undefined ? `Commands are ${COMMANDS.join(', ')}.` : `Did you mean \`${near}\`?`;
}

function flagHint(name: string): string {
  const near = nearest(name, INPUT_NAMES);
  return near === undefined ? '`--help` lists the flags.' : `Did you mean \`--${near}\`?`;
}
