import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/parse.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const blocks = [...README.matchAll(/^```yaml\n([^]*?)^```$/gmu)].map((match) => match[1] ?? '');
const configFile = blocks.find((text) => text.startsWith('# .github/istio-upgrade.yaml')) ?? '';

/** Every step that uses the action, wherever it stands in a workflow. */
function stepsIn(node: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap((item) => stepsIn(item));
  if (typeof node !== 'object' || node === null) return [];
  const uses: unknown = 'uses' in node ? node.uses : undefined;
  if (typeof uses === 'string' && uses.includes('istio-canary-upgrade')) return [{ ...node }];
  return Object.values(node).flatMap((inner) => stepsIn(inner));
}

const inputs = blocks
  .flatMap((text) => stepsIn(parse(text)))
  .map(({ with: given }) =>
    Object.fromEntries(Object.entries(given ?? {}).map(([key, value]) => [key, String(value)])),
  );

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
