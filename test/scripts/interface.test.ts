import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import { generatedFiles } from '../../scripts/generated-files.ts';
import { INPUT_NAMES, INPUTS } from '../../src/config/inputs.ts';
import { OUTPUT_NAMES } from '../../src/report/outputs.ts';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const keysOf = (map: YAMLMap) => map.items.map(({ key }) => (isScalar(key) ? key.value : undefined));

describe('files made from tables', () => {
  it.each(generatedFiles)('%s is what the tables say (npm run write-docs)', (name, textFrom) => {
    const present = read(name);
    expect(present).toBe(textFrom(present));
  });
});

describe('action.yml', () => {
  const action = parseDocument(read('action.yml'));
  const mapAt = (key: string): YAMLMap => {
    const node = action.get(key);
    if (!isMap(node)) throw new Error(`action.yml has no ${key}`);
    return node;
  };

  it('runs one bundle on Node 24, as the step and after it', () => {
    expect(mapAt('runs').toJSON()).toEqual({ using: 'node24', main: 'dist/index.js', post: 'dist/index.js' });
  });

  it('names every input and every output, in order', () => {
    expect(keysOf(mapAt('inputs'))).toEqual(INPUT_NAMES);
    expect(keysOf(mapAt('outputs'))).toEqual(OUTPUT_NAMES);
  });

  it('gives no input a default: the runner would pass it as set, and it would win over the config file', () => {
    for (const { value } of mapAt('inputs').items) {
      expect(isMap(value) ? keysOf(value) : value).toEqual(['description', 'required']);
    }
  });
});

describe('the table of inputs', () => {
  it.each(INPUTS.map((input) => [input.name, input] as const))('describes %s for people', (name, input) => {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/u);
    expect(input.description).toMatch(/^.{10,}\.$/u);
    expect(input.example).not.toBe('');
  });
});
