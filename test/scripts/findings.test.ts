// Does every finding that the code can raise stand in the docs, and none that it can't?
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Companion } from '../../src/mesh/companions.ts';
import type { Part } from '../../src/mesh/render-guard.ts';
import type { Immovable } from '../../src/mesh/snapshot.ts';
import type { Limit } from '../../src/plan/time-needed.ts';

const root = new URL('../../', import.meta.url).pathname;
const read = (name: string): string => readFileSync(`${root}${name}`, 'utf8');

/** Where an id is given: as a property, or as an argument of those who make a finding of it. */
const GIVEN =
  /\b(?:id: |OVER_LIMIT = |(?:refuse|problem|inputProblem|finding|unavailableFinding)\(|obstacle\(\s*source,)([^,;]*)/gu;
/** A word in quotes that is compared with nothing; of a template the hole is `…`. */
const WORD = /(?<!=== )(['`])([a-z…][a-z…-]*)\1/gu;
const idsIn = (code: string): readonly string[] =>
  [...code.replaceAll(/\$\{\w+\}/gu, '…').matchAll(GIVEN)].flatMap(([, given = '']) =>
    [...given.matchAll(WORD)].flatMap(([, , id = '']) => filled(id)),
  );

const PARTS: Record<Exclude<Part, 'target'>, true> = {
  crds: true,
  'default-validator': true,
  tag: true,
  gateway: true,
  cni: true,
  ztunnel: true,
  base: true,
  'other-revision': true,
  'other-namespace': true,
  foreign: true,
};
const WORKLOADS: Record<Exclude<Immovable, 'none'>, true> = {
  paused: true,
  'on-delete': true,
  partition: true,
  'host-network': true,
  'scaled-to-zero': true,
  'unavailable-before': true,
};
const BESIDE: Record<Exclude<Companion['part'], 'crds'>, true> = { cni: true, ztunnel: true };
const LIMITS: Record<Limit, true> = { 'max-duration': true, credentials: true };
/** What fills the holes: the compiler knows when a word is missing. */
const HOLES: Readonly<Record<string, object>> = {
  'install-touches-…': PARTS,
  'workload-…': WORKLOADS,
  '…-skew': BESIDE,
  '…-too-short': LIMITS,
  '…-end-early': LIMITS,
};
function filled(id: string): readonly string[] {
  return id in HOLES ? Object.keys(HOLES[id] ?? {}).map((word) => id.replace('…', word)) : [id];
}

/** The ids in the first column of its tables. */
const listedIn = (docs: string): readonly string[] =>
  [...docs.matchAll(/^\| (`[^|]*)\|/gmu)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/gu)].map(([, id = '']) => id),
  );

const raised = new Set(globSync('src/**/*.ts', { cwd: root }).flatMap((file) => idsIn(read(file))));
const listed = listedIn(read('docs/findings.md'));
const ofPrometheus = listedIn(read('docs/prometheus.md'));

describe('docs/findings.md', () => {
  it.each([...raised].toSorted())('explains the finding %s, or docs/prometheus.md does', (id) => {
    expect([...listed, ...ofPrometheus]).toContain(id);
  });
  it.each(listed)('names a finding that there is: %s', (id) => {
    expect(raised).toContain(id);
  });
  it('names none twice', () => {
    expect(new Set(listed).size).toBe(listed.length);
  });
});

describe('the id of a finding', () => {
  it.each([
    ["{ id: 'tag-moved', severity }", ['tag-moved']],
    ["id: owner.kind === 'sail' ? 'sail-owned' : 'gitops-owned',", ['sail-owned', 'gitops-owned']],
    ["refuse(\n  isFresh ? 'one-thing' : 'another', 'words')", ['one-thing', 'another']],
    ["obstacle(\n  source,\n  'no-tool',\n  'words')", ['no-tool']],
    ['id: `${part}-skew`,', ['cni-skew', 'ztunnel-skew']],
    ["{ kind: 'no-id', remedy: 'none' }", []],
  ])('is found in %j', (code, ids) => {
    expect(idsIn(code)).toEqual(ids);
  });
});
