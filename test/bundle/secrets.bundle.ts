import { describe, expect, it } from 'vitest';
import { runAction, runCli } from './harness.ts';

const TOKEN = 'tok-$ecret"<1234>';

describe('a secret', () => {
  it('is masked first of all, and shown nowhere else', async () => {
    const run = await runAction({
      inputs: { command: 'upgrade', 'prometheus-token': TOKEN, 'prometheus-url': `https://user:${TOKEN}@prom ` },
    });
    const [first] = run.commands;
    expect(first?.name).toBe('add-mask');
    const others = run.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    for (const text of [...others, run.summary, JSON.stringify(run.report), ...Object.values(run.outputs)])
      expect(text).not.toContain('ecret');
  });

  it('is not shown on a terminal either', async () => {
    const run = await runCli(['plan', '--prometheus-token', TOKEN, '--target-revision', `not a revision ${TOKEN}`]);
    expect(run.code).toBe(2);
    for (const text of [run.stdout, run.stderr, run.summary, JSON.stringify(run.report)])
      expect(text).not.toContain('ecret');
  });
});
