// What does a command line ask for? The same strings as the action's inputs; flags are the inputs' names. No message
// repeats a value: one that stands in the wrong place may be a secret.
import type { Finding } from '../mesh/finding.ts';
import { inputProblem } from './input-problem.ts';
import { INPUT_NAMES, inputNamed } from './inputs.ts';
import { nearest } from './nearest.ts';
import { shown } from './parsed.ts';

export type CommandLine =
  | {
      readonly kind: 'inputs';
      readonly inputs: Readonly<Record<string, string>>;
      /** With what is no input's value: those are judged by whoever parses them, the command too. */
      readonly problems: readonly Finding[];
    }
  | { readonly kind: 'help' };

/**
 * The inputs of `plan --target-revision 1-32-0 --namespaces a --namespaces b …`, given without `node` and the script.
 * `--name=value` and `--name value` are the same; inputs of several lines may be repeated. `--help` anywhere is help.
 */
export function parseArgv(args: readonly string[]): CommandLine {
  if (args.some((arg) => arg === '--help' || arg === '-h') || args[0] === 'help') return { kind: 'help' };
  const inputs = new Map<string, string>();
  const problems: Finding[] = [];
  const blame = (message: string, remedy: string, name?: string): void => {
    const problem = inputProblem('bad-usage', name ?? '', message, remedy);
    problems.push(name === undefined ? { ...problem, subject: 'command line' } : problem);
  };
  const set = (name: string, value: string): void => {
    const before = inputs.get(name);
    if (before === undefined) inputs.set(name, value);
    else if (inputNamed(name)?.lines === true) inputs.set(name, `${before}\n${value}`);
    else blame(`--${name} is given twice`, 'Give it once.', name);
  };

  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (!arg.startsWith('-')) {
      if (index > 0) blame(`Argument ${index + 1} stands alone`, 'Put a flag before it; `--help` lists them.');
      else set('command', arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    const name = flag.replace(/^--?/u, '');
    const following = args[index + 1];
    const value = equals >= 0 ? arg.slice(equals + 1) : following;
    const takesFollowing = equals < 0 && following !== undefined && !following.startsWith('--');
    if (takesFollowing) index += 1;
    if (inputNamed(name) === undefined || !arg.startsWith('--'))
      blame(`There is no flag ${shown(flag)}`, flagHint(name));
    else if (value === undefined || (equals < 0 && !takesFollowing)) {
      blame(`--${name} has no value`, `Write --${name}=<value>; with =, the value may itself begin with --.`, name);
    } else set(name, value);
  }
  return { kind: 'inputs', inputs: Object.fromEntries(inputs), problems };
}

function flagHint(name: string): string {
  const near = nearest(name, INPUT_NAMES);
  return near === undefined ? '`--help` lists the flags.' : `Did you mean \`--${near}\`?`;
}
