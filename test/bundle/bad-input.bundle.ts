import { describe, expect, it } from 'vitest';
import { OUTPUT_NAMES } from '../../src/report/outputs.ts';
import { runAction, runCli } from './harness.ts';
import { unfolded } from './workflow-commands.ts';

const BAD = {
  command: 'upgrade',
  strategy: 'tagg',
  'max-error-rate': '1',
  bake: '5',
  'prometheus-url': 'prometheus:9090',
};

describe('bad input, as a step', () => {
  it('is refused with every problem at once, and every output is set', async () => {
    const run = await runAction({ inputs: BAD });
    expect(run.code).toBe(1);
    expect(run.stderr).toBe('');
    expect(Object.keys(run.outputs).toSorted()).toEqual([...OUTPUT_NAMES].toSorted());
    expect(run.outputs).toMatchObject({ ending: 'refused', moved: '', 'plan-hash': '' });
    for (const input of ['strategy', 'max-error-rate', 'bake', 'prometheus-url', 'target-revision']) {
      expect(run.summary).toContain(`input ${input}`);
      expect(run.stdout).toContain(`input ${input}`);
    }
    expect(run.report).toMatchObject({ schema: 1, ending: 'refused', exitCode: 2, plan: null });
  });

  it('ends with lines nobody has to unfold, and one error annotation', async () => {
    const run = await runAction({ inputs: BAD });
    const lines = unfolded(run.stdout);
    expect(lines.some((line) => line.startsWith('REFUSED'))).toBe(true);
    expect(lines.some((line) => line.startsWith('what to do: '))).toBe(true);
    expect(run.commands.filter(({ name }) => name === 'error')).toHaveLength(1);
  });

  it('leaves nothing to say for the post step', async () => {
    const { post } = await runAction({ inputs: BAD });
    expect(post).toMatchObject({ code: 0, commands: [], stderr: '' });
  });

  it.each([
    { path: 'x\n::set-output name=ending::completed', reason: 'a workflow command on a line of its own' },
    { path: '##[error]forged', reason: 'the old form of a command' },
    { path: '\u001b[2Jcleared', reason: 'a terminal escape' },
  ])('cannot smuggle in $reason', async ({ path }) => {
    const run = await runAction({ inputs: { 'config-file': path } });
    expect(run.commands.map(({ name }) => name)).toEqual(['error']);
    expect(run.stdout).not.toContain('\u001b');
    expect(run.outputs['ending']).toBe('refused');
  });
});

describe('bad usage, on a command line', () => {
  it.each([
    { args: ['plan'], says: 'target-revision', reason: 'a missing required input' },
    {
      args: ['plan', '--target-revison', '1-32-0'],
      says: 'Did you mean `--target-revision`?',
      reason: 'an unknown flag, with the nearest name',
    },
    { args: ['pln'], says: 'plan', reason: 'an unknown command' },
    { args: ['plan', '--target-revision'], says: 'has no value', reason: 'a flag without a value' },
    {
      args: ['plan', '--config-file', '/nonexistent'],
      says: 'does not exist',
      reason: 'a config file that is not there',
    },
  ])('exits 2 for $reason', async ({ args, says }) => {
    const run = await runCli(args);
    expect(run.stdout + run.stderr).toContain(says);
    expect(run.code).toBe(2);
  });

  it('is told together with bad inputs, with an ending and a report', async () => {
    const run = await runCli(['plan', '--foo', '1', '--bake', '5', '--prometheus-ca', 'nowhere.pem']);
    expect(run.report).toMatchObject({ ending: 'refused', exitCode: 2, findings: { length: 4 } });
    for (const subject of ['command line', 'input bake', 'input prometheus-ca', 'input target-revision'])
      expect(run.summary).toContain(subject);
    expect(run.stdout).toMatch(/^REFUSED/m);
  });

  it('says that a GitHub job reads no arguments', async () => {
    const run = await runCli(['status'], { env: { GITHUB_ACTIONS: 'true' } });
    expect(run.stdout).toMatch(/^::warning::Inside a GitHub job inputs come from `with:`/m);
  });

  it('helps', async () => {
    const run = await runCli(['--help']);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('--target-revision');
    expect(run.stdout).toContain('Exit codes');
  });
});
