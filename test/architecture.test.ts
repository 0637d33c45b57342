// Who may import what? The rules of the house, checked on every file of src.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = path.join(import.meta.dirname, '..', 'src');

interface Import {
  /** A folder of src (`mesh`, `adapters/kubernetes`), a file directly in it, or a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** Folders of src, or files directly in it, that belong to no layer. */
const EDGE = new Set(['connect.ts', 'index.ts', 'main.ts', 'post.ts', 'read-config.ts']);
const ALL_PURE = ['mesh', 'slo', 'config', 'plan', 'shared'];

interface Rule {
  readonly may: readonly string[];
  /** Types alone: nothing of these runs here. */
  readonly mayAsTypes?: readonly string[];
}
const RULES: Readonly<Record<string, Rule>> = {
  shared: { may: [] },
  // mesh, slo and config are one layer; inside it the linter's import/no-cycle keeps order file by file.
  mesh: { may: ['slo', 'config', 'shared'] },
  slo: { may: ['mesh', 'config', 'shared'] },
  config: { may: ['mesh', 'slo', 'shared', 'yaml'] },
  plan: { may: ['mesh', 'slo', 'config', 'shared', 'node:crypto'] },
  report: { may: ALL_PURE },
  ports: { may: [], mayAsTypes: ALL_PURE },
  phases: { may: ['ports', 'plan', 'slo', 'mesh', 'shared'], mayAsTypes: ['config'] },
  commands: { may: ['phases', 'ports', 'plan', 'slo', 'mesh', 'shared', 'upgrade.ts'], mayAsTypes: ['config'] },
  // A constant that a release changes; everyone may say it.
  'version.ts': { may: [] },
  'upgrade.ts': { may: ['phases', 'ports', 'plan', 'slo', 'mesh', 'shared'], mayAsTypes: ['config'] },
  // The ConfigMap's text is read and written by the plan's own codec of the journal.
  'adapters/kubernetes': adapter('@kubernetes/client-node', 'plan'),
  'adapters/prometheus': adapter('axios'),
  'adapters/github': adapter('@actions/core', '@actions/github'),
  // Manifests and what the tools render are YAML.
  'adapters/istio': adapter('yaml'),
  'adapters/system': adapter(),
};

function adapter(...sdk: readonly string[]): Rule {
  return { may: ['ports', 'mesh', 'slo', 'shared', 'node:*', ...sdk], mayAsTypes: ['plan', 'config'] };
}

/** Pure code and phases get time, chance and surroundings through ports or as arguments. */
const IMPURE =
  /\bprocess\.\w|\bDate\.now\(|\bnew Date\(\)|\bset(?:Timeout|Interval|Immediate)\(|\bMath\.random\(|\bperformance\.|\bfetch\(|\bconsole\.\w+\(/u;
const PURE_FOLDERS = new Set([...ALL_PURE, 'report', 'ports', 'phases', 'commands', 'upgrade.ts']);

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

/** `adapters/X`, another folder, or the file's own name directly in src. */
function homeOf(file: string): string {
  const parts = file.split(path.sep);
  const depth = parts[0] === 'adapters' && parts.length > 2 ? 2 : 1;
  return parts.slice(0, depth).join('/');
}

function importsOf(file: string): readonly Import[] {
  const text = readFileSync(path.join(SRC, file), 'utf8');
  const found = [
    ...text.matchAll(/^(?:import|export)\s+(?<clause>[^'";]*?)\s*from\s+'(?<from>[^']+)'/gmu),
    ...text.matchAll(/^(?<clause>)import\s+'(?<from>[^']+)'/gmu),
    ...text.matchAll(/(?<clause>)\bimport\(\s*'(?<from>[^']+)'/gu),
  ];
  return found.map(({ groups }) => {
    const clause = groups?.['clause'] ?? '';
    const from = groups?.['from'] ?? '';
    const to = from.startsWith('.') ? homeOf(path.relative(SRC, path.resolve(SRC, path.dirname(file), from))) : from;
    const names = /\{(?<names>[^}]*)\}/u.exec(clause)?.groups?.['names'];
    const inlineTypes =
      names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    return { to, typeOnly: clause.startsWith('type ') || inlineTypes };
  });
}

const allows = (rule: Rule, home: string, { to, typeOnly }: Import): boolean =>
  to === home ||
  to === 'version.ts' ||
  rule.may.includes(to) ||
  (to.startsWith('node:') && rule.may.includes('node:*')) ||
  (typeOnly && (rule.mayAsTypes ?? []).includes(to));

describe('the architecture', () => {
  it('has a rule for every folder of src', () => {
    const homes = new Set(files.map((file) => homeOf(file)));
    expect([...homes].filter((home) => RULES[home] === undefined && !EDGE.has(home))).toEqual([]);
  });

  it.each(Object.entries(RULES))('%s imports only what it may', (home, rule) => {
    const broken = files
      .filter((file) => homeOf(file) === home)
      .flatMap((file) =>
        importsOf(file)
          .filter((each) => !allows(rule, home, each))
          .map(({ to, typeOnly }) => `src/${file} imports ${typeOnly ? 'types of ' : ''}${to}`),
      );
    expect(broken).toEqual([]);
  });

  it('keeps clock, chance and environment out of pure code and phases', () => {
    const broken = files
      .filter((file) => PURE_FOLDERS.has(homeOf(file)))
      .filter((file) =>
        IMPURE.test(readFileSync(path.join(SRC, file), 'utf8').replaceAll(/\/\/.*$|\/\*[^]*?\*\//gmu, '')),
      )
      .map((file) => `src/${file}`);
    expect(broken).toEqual([]);
  });

  it('has files that say in their first line which question they answer', () => {
    expect(files.filter((file) => !readFileSync(path.join(SRC, file), 'utf8').startsWith('// '))).toEqual([]);
  });

  it('imports every file by its name, ending in .ts', () => {
    const broken = files.flatMap((file) =>
      [...readFileSync(path.join(SRC, file), 'utf8').matchAll(/from '(\.[^']*)'/gu)]
        .map((match) => match[1] ?? '')
        .filter((from) => !from.endsWith('.ts'))
        .map((from) => `src/${file} imports ${from}`),
    );
    expect(broken).toEqual([]);
  });
});
