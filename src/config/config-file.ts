// What does the config file say? The same strings as inputs would, so that one parser reads both. It takes the text;
// reading the file is somebody else's job.
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type YAMLMap } from 'yaml';
import type { Finding } from '../mesh/finding.ts';
import type { Objective } from './config.ts';
import { advised, inputProblem, exampleOf } from './input-problem.ts';
import { INPUT_NAMES, inputNamed } from './inputs.ts';
import { nearest } from './nearest.ts';
import { objectivesIn } from './objectives.ts';
import { bad, every, map, ok, shown, type Parsed } from './parsed.ts';
import { positionIn, scalarText, yamlProblems } from './yaml-position.ts';

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}
export interface FileValues {
  readonly strings: Readonly<Record<string, string>>;
  /** Where they were a YAML list of the file itself. */
  readonly objectives?: Parsed<readonly Objective[]>;
  readonly problems: readonly Finding[];
}

/** Every key's value as text; lists become lines, one-pair mappings `key: value`. Unknown keys and bad YAML are problems. */
export function readConfigFile(file: ConfigFile): FileValues {
  const lines = new LineCounter();
  const at = positionIn(lines);
  const strings: Record<string, string> = {};
  const problems: Finding[] = [];
  const blame = (message: string, remedy: string, key?: string): void => {
    problems.push(inputProblem('bad-config-file', key ?? 'config-file', `${file.path}, ${message}`, remedy));
  };

  const document = parseDocument(file.text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    for (const problem of yamlProblems(document.errors, lines)) {
      const { message, remedy } = advised(problem, 'Mend the YAML there.');
      blame(message, remedy);
    }
    return { strings, problems };
  }
  if (document.contents === null) return { strings, problems };
  if (!isMap(document.contents)) {
    blame(
      `${at(document.contents)}: the file is not a mapping of keys to values`,
      'Write one `key: value` for each input.',
    );
    return { strings, problems };
  }
  let objectives: Parsed<readonly Objective[]> | undefined;
  for (const pair of document.contents.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const input = inputNamed(key);
    if (input === undefined || key === 'config-file') {
      const near = nearest(key, INPUT_NAMES);
      blame(
        `${at(pair.key)}: there is no key ${shown(key)}`,
        near === undefined || near === key ? 'Remove it.' : `Did you mean \`${near}\`?`,
      );
    } else if (key === 'objectives' && isSeq(pair.value)) {
      objectives = objectivesIn(pair.value, at);
    } else {
      const value = textOf(pair.value, document, separatorOf(key));
      const where = at(pair.value);
      if (value.kind !== 'ok') {
        for (const problem of value.problems) {
          const { message, remedy } = advised(problem, exampleOf(input));
          blame(`${where}: ${message}`, remedy, key);
        }
      } else if (value.value.includes('${{')) {
        const remedy = `Give \`${key}\` in the workflow's \`with:\`, where the runner fills it in.`;
        blame(`${where}: GitHub's expressions are not filled in inside a file`, remedy, key);
      } else strings[key] = value.value;
    }
  }
  return { strings, problems, ...(objectives === undefined ? {} : { objectives }) };
}

/** A scalar as it stands in the file, a list as lines, a mapping as `key<separator>value` lines. */
function textOf(node: unknown, document: Document.Parsed, separator: string): Parsed<string> {
  if (node === null) return ok('');
  const value = isAlias(node) ? node.resolve(document) : node;
  if (value === undefined) return bad('an alias names no anchor; quote a value that begins with *');
  if (isScalar(value)) return ok(scalarText(value));
  if (isMap(value)) return pairsOf(value, separator);
  if (!isSeq(value)) return bad('this is no value');
  const lines = value.items.map((item) => {
    const isList = isSeq(isAlias(item) ? item.resolve(document) : item);
    return isList ? bad('a list inside a list') : textOf(item, document, separator);
  });
  return map(every(lines), (texts) => texts.join('\n'));
}

const pairsOf = (node: YAMLMap, separator: string): Parsed<string> =>
  map(
    every(
      node.items.map(({ key, value }) =>
        isScalar(key) && isScalar(value)
          ? ok(`${scalarText(key)}${separator}${scalarText(value)}`)
          : bad('a value inside is neither text nor a number'),
      ),
    ),
    (texts) => texts.join('\n'),
  );

/** How a mapping's pairs are written as lines of this input. */
const separatorOf = (input: string): string =>
  input === 'prometheus-matchers' || input === 'prometheus-params' ? '=' : ': ';
