// Which objectives of their own do the users add? A YAML list; each problem says line and column.
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import type { Objective } from './config.ts';
import { bad, every, map, ok, shown, type Parsed } from './parsed.ts';
import { parseShare } from './share.ts';
import { positionIn, scalarText, yamlProblems, type Position } from './yaml-position.ts';

const KEYS = ['name', 'hard', 'errors', 'total', 'limit', 'query', 'max'] as const;
type Key = (typeof KEYS)[number];

/** Objectives from YAML text of their own. */
export function parseObjectives(text: string): Parsed<readonly Objective[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) return bad(...yamlProblems(document.errors, lines));
  return objectivesIn(document.contents, positionIn(lines));
}

/** Objectives from a node of a YAML document; names are unique. */
export function objectivesIn(node: unknown, at: Position): Parsed<readonly Objective[]> {
  if (!isSeq<Node>(node)) return bad(`${at(node)}: objectives are a list, one \`- name: …\` each`);
  const all = every(node.items.map((item) => objectiveIn(item, at)));
  if (all.kind !== 'ok') return all;
  const names = all.value.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined ? all : bad(`${at(node)}: two objectives are called ${shown(twice)}`);
}

function objectiveIn(node: unknown, at: Position): Parsed<Objective> {
  if (!isMap(node)) return bad(`${at(node)}: an objective needs keys: name, and errors, total, limit or query, max`);
  const problems: string[] = [];
  const texts = new Map<Key, { text: string; where: string }>();
  for (const pair of node.items) {
    const key = KEYS.find((known) => isScalar(pair.key) && pair.key.value === known);
    if (key === undefined) problems.push(`${at(pair.key)}: an objective has the keys ${KEYS.join(', ')}, not this one`);
    else if (!isScalar(pair.value) || pair.value.value === null) problems.push(`${at(pair.key)}: ${key} needs a value`);
    else texts.set(key, { text: scalarText(pair.value).trim(), where: at(pair.value) });
  }
  const name = texts.get('name')?.text ?? '';
  if (name === '') problems.push(`${at(node)}: the objective has no name`);
  const hard = texts.get('hard');
  if (hard !== undefined && !['true', 'false'].includes(hard.text)) {
    problems.push(`${hard.where}: hard is true or false`);
  }
  if (problems.length > 0) return bad(...problems);
  return map(measureIn(texts, at(node)), (measure) => ({ name, hard: hard?.text === 'true', measure }));
}

type Texts = ReadonlyMap<Key, { readonly text: string; readonly where: string }>;

function measureIn(texts: Texts, where: string): Parsed<Objective['measure']> {
  const [errors, total, limit] = [texts.get('errors'), texts.get('total'), texts.get('limit')];
  const [query, max] = [texts.get('query'), texts.get('max')];
  const ratio = errors !== undefined && total !== undefined && limit !== undefined;
  const scalar = query !== undefined && max !== undefined;
  if (ratio && query === undefined && max === undefined) {
    const share = parseShare(limit.text);
    return share.kind === 'ok'
      ? ok({ kind: 'ratio', errors: errors.text, total: total.text, limit: share.value })
      : bad(...share.problems.map((problem) => `${limit.where}: ${problem}`));
  }
  if (scalar && errors === undefined && total === undefined && limit === undefined) {
    return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/iu.test(max.text) && Number.isFinite(Number(max.text))
      ? ok({ kind: 'scalar', query: query.text, max: Number(max.text) })
      : bad(`${max.where}: ${shown(max.text)} is not a number`);
  }
  return bad(`${where}: an objective has either errors, total and limit, or query and max`);
}
