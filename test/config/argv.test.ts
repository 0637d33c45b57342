import { describe, expect, it } from 'vitest';
import { parseArgv } from '../../src/config/argv.ts';
import { COMMANDS } from '../../src/config/config.ts';
import { helpText } from '../../src/config/help.ts';
import { INPUT_NAMES } from '../../src/config/inputs.ts';
import type { Finding } from '../../src/mesh/finding.ts';

function problemsOf(args: readonly string[]): readonly Finding[] {
  const line = parseArgv(args);
  return line.kind === 'inputs' ? line.problems : [];
}

describe('a command line', () => {
  it.each<[string[], Record<string, string>, string]>([
    [[], {}, 'nothing is the default command'],
    [['plan'], { command: 'plan' }, 'a command alone'],
    [['plna'], { command: 'plna' }, 'the parser of the inputs judges it, as in `with:`'],
    [
      ['plan', '--target-revision', '1-32-0', '--bake=1m'],
      { command: 'plan', 'target-revision': '1-32-0', bake: '1m' },
      'both forms',
    ],
    [['--command', 'plan'], { command: 'plan' }, 'the command as a flag'],
    [['--namespaces', 'a', '--namespaces=b'], { namespaces: 'a\nb' }, 'repeated flags are lines'],
    [['--install-args=--set', '--install-args=a=b'], { 'install-args': '--set\na=b' }, 'values may begin with --'],
    [['--context='], { context: '' }, 'empty is not set'],
    [['--prometheus-matchers', 'a=b'], { 'prometheus-matchers': 'a=b' }, 'a value with ='],
    [['--batch', '-1'], { batch: '-1' }, 'a value that begins with -: the parser of the input judges it'],
  ])('%j is %j: %s', (args, inputs) => {
    expect(parseArgv(args)).toEqual({ kind: 'inputs', inputs, problems: [] });
  });

  it.each([
    [['--taget-revision', 'x'], 'There is no flag "--taget-revision"', 'Did you mean `--target-revision`?'],
    [['-t', 'x'], 'There is no flag "-t"', '`--help` lists'],
    [['-tag', 'x'], 'There is no flag "-tag"', 'Did you mean `--tag`?'],
    [['plan', '--tag'], '--tag has no value', 'Write --tag=<value>'],
    [['plan', '--tag', '--bake', '1m'], '--tag has no value', 'Write --tag=<value>'],
    [['--tag', 'a', '--tag', 'b'], '--tag is given twice', 'Give it once.'],
    [['plan', 'upgrade'], 'Argument 2 stands alone', 'Put a flag before it'],
  ])('%j is bad usage: %s %s', (args, message, remedy) => {
    const problems = problemsOf(args);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(message);
    expect(problems[0]?.remedy).toContain(remedy);
  });

  it('names every problem, and repeats no value', () => {
    const problems = problemsOf([
      'plan',
      '--prometheus-token',
      'a',
      'hunter2',
      '--x=hunter2',
      '--prometheus-token=hunter2',
    ]);
    expect(problems).toHaveLength(3);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('goes on after a problem, so that the inputs can be judged too', () => {
    expect(parseArgv(['plan', '--foo', '1', '--bake', '5'])).toMatchObject({ inputs: { command: 'plan', bake: '5' } });
  });

  it.each([[['--help']], [['-h']], [['plan', '--tag', 'x', '--help']], [['help']]])('%j is help', (args) => {
    expect(parseArgv(args)).toEqual({ kind: 'help' });
  });
});

describe('help', () => {
  it('names every command, every flag and every exit code, in lines that fit', () => {
    const text = helpText();
    for (const command of COMMANDS) expect(text).toContain(command);
    for (const name of INPUT_NAMES.filter((each) => each !== 'command')) expect(text).toContain(`\n  --${name}`);
    expect(text).toContain('0 green, 1 broken, 2 refused or bad usage, 3 held, 4 rolled back');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});
