import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Recipe, recipeHash, recipes } from './recipes.ts';

const GO = 'go1.26.3';
let directory: string;
beforeEach(() => {
  directory = aModule();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** A module with a file and a folder of its own, and one that no recipe names. */
function aModule(): string {
  const path = mkdtempSync(join(tmpdir(), 'module-'));
  mkdirSync(join(path, 'proxies'));
  for (const file of ['go.mod', 'go.sum', 'main.go', 'proxies/one.go', 'notes.md'])
    writeFileSync(join(path, file), file);
  return path;
}
const recipe = (over: Partial<Recipe> = {}): Recipe => ({
  name: 'kube',
  directory,
  targets: ['.'],
  sources: ['main.go', 'proxies'],
  flags: ['-trimpath'],
  binaries: ['kube'],
  directoriesOf: [],
  minutes: 8,
  ...over,
});

describe('the place of what a recipe makes', () => {
  it('is the same for the same recipe, wherever the module lies', () => {
    const before = recipeHash(recipe(), GO);
    expect(before).toMatch(/^[0-9a-f]{16}$/u);
    expect(recipeHash(recipe(), GO)).toBe(before);
    const elsewhere = aModule();
    try {
      expect(recipeHash(recipe({ directory: elsewhere }), GO)).toBe(before);
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  });

  it.each(['go.mod', 'go.sum', 'main.go', 'proxies/one.go', 'proxies/two.go'])(
    'is another once %s has changed or come',
    (file) => {
      const before = recipeHash(recipe(), GO);
      writeFileSync(join(directory, file), 'changed');
      expect(recipeHash(recipe(), GO)).not.toBe(before);
    },
  );

  it('is the same after a change of what goes into no binary', () => {
    const before = recipeHash(recipe(), GO);
    writeFileSync(join(directory, 'notes.md'), 'changed');
    expect(recipeHash(recipe({ minutes: 9 }), GO)).toBe(before);
  });

  it.each<[string, Partial<Recipe>, string]>([
    ['other flags', { flags: ['-trimpath', '-race'] }, GO],
    ['another target', { targets: ['tool'] }, GO],
    ['another Go', {}, 'go1.26.4'],
  ])('is another with %s', (_what, over, go) => {
    expect(recipeHash(recipe(over), go)).not.toBe(recipeHash(recipe(), GO));
  });

  it('is its own for each of ours', () => {
    expect(new Set(recipes.map((each) => `${each.name}-${recipeHash(each, GO)}`)).size).toBe(recipes.length);
    const [old, current] = recipes.filter(({ name }) => name.startsWith('istio-')).map((each) => recipeHash(each, GO));
    expect(old).not.toBe(current);
  });
});
