import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inputProblem } from '../src/config/input-problem.ts';
import type { Finding } from '../src/mesh/finding.ts';
import { readConfig } from '../src/read-config.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'read-config-'));
  writeFileSync(join(directory, 'ca.pem'), '-----BEGIN CERTIFICATE-----\n');
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const PLAN = { command: 'plan', 'target-revision': '1-32' };

async function findingsOf(
  inputs: Readonly<Record<string, string>>,
  ofUsage: readonly Finding[] = [],
): Promise<readonly Finding[]> {
  const read = await readConfig({ inputs, defaults: {}, mask: () => undefined }, ofUsage);
  if (!('refused' in read)) return [];
  expect(read.refused.kind).toBe('refused');
  return read.refused.findings;
}
const heads = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ id, subject }) => `${id}: ${subject}`);

describe('the command of a refusal', () => {
  it.each([
    ['the one of the inputs', { command: 'promote' }, 'bake: 5', 'promote'],
    ['the one of the file', {}, 'command: rollback\ncontxt: eu', 'rollback'],
    ['the inputs’ where both have one', { command: 'plan' }, 'command: rollback\nbake: 5', 'plan'],
    ['the default where neither has one', {}, 'bake: 5', 'upgrade'],
    ['the default where it is none', { command: 'updrage' }, 'command: plan', 'upgrade'],
  ])('is %s', async (_, inputs, text, command) => {
    const file = join(directory, 'command.yaml');
    writeFileSync(file, text);
    const read = await readConfig({ inputs: { ...inputs, 'config-file': file }, defaults: {}, mask: () => undefined });
    expect('refused' in read).toBe(true);
    expect(read.command).toBe(command);
  });
});

describe('what is wrong with the files that inputs name', () => {
  it('is told together with bad inputs, and with what is wrong with the command line', async () => {
    const ofUsage = [inputProblem('bad-usage', 'tag', '--tag has no value', 'Write --tag=<value>.')];
    const inputs = { ...PLAN, 'config-file': join(directory, 'none.yaml'), 'prometheus-ca': directory, bake: '5' };
    const findings = await findingsOf(inputs, ofUsage);
    expect(heads(findings)).toEqual([
      'bad-usage: input tag',
      'config-file: input config-file',
      'bad-input: input prometheus-ca',
      'bad-input: input bake',
    ]);
    expect(findings[1]?.message).toContain('none.yaml cannot be read: it does not exist');
    expect(findings[2]?.message).toContain(`${directory} cannot be read: it is a directory`);
  });

  it('is not that something is missing which a file may say that cannot be read', async () => {
    const file = join(directory, 'none.yaml');
    expect(heads(await findingsOf({ 'config-file': file }))).toEqual(['config-file: input config-file']);
  });

  it.each([['ca.pem'], ['-----BEGIN CERTIFICATE-----\nMIIB']])(
    'is nothing for a CA that can be had: %j',
    async (ca) => {
      const path = ca.endsWith('.pem') ? join(directory, ca) : ca;
      expect(await findingsOf({ ...PLAN, 'prometheus-url': 'https://p', 'prometheus-ca': path })).toEqual([]);
    },
  );

  it('is seen in the config file too, of which an input takes the place', async () => {
    const file = join(directory, 'upgrade.yaml');
    writeFileSync(file, `prometheus-ca: ${join(directory, 'nix.pem')}\nprometheus-url: https://p\n`);
    const inputs = { ...PLAN, 'config-file': file };
    expect(heads(await findingsOf(inputs))).toEqual(['bad-input: input prometheus-ca']);
    expect(await findingsOf({ ...inputs, 'prometheus-ca': join(directory, 'ca.pem') })).toEqual([]);
  });

  it('keeps no rollback back where it is the CA', async () => {
    const inputs = { command: 'rollback', 'prometheus-url': 'https://p', 'prometheus-ca': 'nix.pem' };
    expect(await findingsOf(inputs)).toEqual([]);
  });
});
