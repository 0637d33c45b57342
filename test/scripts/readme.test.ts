import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';

const blocksIn = (name: string): readonly string[] =>
  [...readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8').matchAll(/^```yaml\n([^]*?)^```$/gmu)].map(
    (match) => match[1] ?? '',
  );
const blocks = blocksIn('README.md');
const configFile = blocks.find((text) => text.startsWith('# .github/istio-upgrade.yaml')) ?? '';

/** Every step that uses the action, wherever it stands in a workflow. */
function stepsIn(node: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap((item) => stepsIn(item));
  if (typeof node !== 'object' || node === null) return [];
  const uses: unknown = 'uses' in node ? node.uses : undefined;
  if (typeof uses === 'string' && uses.includes('istio-canary-upgrade')) return [{ ...node }];
  return Object.values(node).flatMap((inner) => stepsIn(inner));
}

const inputsIn = (texts: readonly string[]): readonly Record<string, string>[] =>
  texts
    .flatMap((text) => stepsIn(parse(text)))
    .map(({ with: given }) =>
      Object.fromEntries(Object.entries(given ?? {}).map(([key, value]) => [key, String(value)])),
    );
const inputs = inputsIn(blocks);

describe('the workflows in the README', () => {
  it('use the action in one step and in a pipeline', () => {
    expect(inputs.map(({ command = 'upgrade' }) => command)).toEqual([
      'upgrade',
      'plan',
      'start',
      'promote',
      'promote',
      'promote',
      'complete',
    ]);
  });

  it.each(inputs.map((given) => [given] as const))('give inputs that parse: %j', (given) => {
    // What the runner fills in before the action sees it.
    const filled = Object.fromEntries(
      Object.entries(given).map(([key, value]) => [key, value.startsWith('${{') ? '3f9c0a1b2d4e' : value]),
    );
    const file = 'config-file' in given ? { path: '.github/istio-upgrade.yaml', text: configFile } : undefined;
    expect(parseConfig(filled, file)).toMatchObject({ kind: 'ok' });
  });
});

describe('the examples of who installs the target', () => {
  const examples = inputsIn(blocksIn('docs/how-it-works.md'));

  it('are one for each tool', () => {
    expect(examples.map(({ install }) => install)).toEqual(['istioctl', 'helm']);
  });

  it.each(examples)('give inputs that parse: %j', (given) => {
    expect(parseConfig(given)).toMatchObject({ kind: 'ok' });
  });
});
