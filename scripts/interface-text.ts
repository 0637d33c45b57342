// How do the tables of inputs and outputs read in action.yml and in the README? Text only; writing is done elsewhere.
import { Document } from 'yaml';
import { defaultText } from '../src/config/help.ts';
import { INPUTS, type Input } from '../src/config/inputs.ts';
import { OUTPUT_NAMES } from '../src/report/outputs.ts';
import { OUTPUT_DESCRIPTIONS } from './output-descriptions.ts';

const HEAD = `# Written by scripts/write-docs.ts from the tables in src/config/inputs.ts and src/report/outputs.ts.
# No input has a \`default:\` here: the runner would pass it as if it had been set, and it would win over the config file.
`;

/** The whole of action.yml. */
export function actionYaml(): string {
  const action = {
    name: 'Istio canary upgrade',
    author: 'istio-canary-upgrade',
    description:
      "Upgrades Istio on a live cluster by revision, namespace batch by namespace batch, gated on the users' error rate.",
    branding: { icon: 'git-merge', color: 'blue' },
    inputs: Object.fromEntries(
      INPUTS.map((input) => [input.name, { description: actionDescription(input), required: false }]),
    ),
    outputs: Object.fromEntries(OUTPUT_NAMES.map((name) => [name, { description: OUTPUT_DESCRIPTIONS[name] }])),
    runs: { using: 'node24', main: 'dist/index.js', post: 'dist/index.js' },
  };
  return HEAD + new Document(action).toString({ lineWidth: 0 });
}

/** README.md with its tables made anew; what stands outside the markers stays. */
export function readmeWithTables(readme: string): string {
  const tables = { inputs: inputsTable(), outputs: outputsTable() };
  return Object.entries(tables).reduce((text, [name, table]) => between(text, name, table), readme);
}

function actionDescription(input: Input): string {
  const notes = [
    input.description,
    ...(input.lines ? ['One a line.'] : []),
    ...(input.requiredBy.length > 0 ? [`Required by ${input.requiredBy.join(', ')}.`] : []),
    ...(defaultText(input) === '' ? [] : [`Default: ${defaultText(input)}.`]),
  ];
  return notes.join(' ');
}

function inputsTable(): string {
  const rows = INPUTS.map((input: Input) => {
    const marks = [...(input.frozen ? ['F'] : []), ...(input.lines ? ['L'] : [])].join(' ');
    const required = input.requiredBy.length > 0 ? `**required** for ${input.requiredBy.join(', ')}` : '';
    const value = input.otherwise ?? (input.default === '' ? required : code(input.default.replaceAll('\n', ' / ')));
    return `| \`${input.name}\` | ${marks} | ${cell(value)} | ${cell(input.description)} |`;
  });
  return ['| input | | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function outputsTable(): string {
  const rows = OUTPUT_NAMES.map((name) => `| \`${name}\` | ${cell(OUTPUT_DESCRIPTIONS[name])} |`);
  return ['| output | meaning |', '|---|---|', ...rows].join('\n');
}

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ')
    .replaceAll(/\b(docs\/[a-z-]+\.md)(?:#[a-z-]+)?/gu, '[$1]($&)');

/** `text` with the lines between the markers of `name` made anew. */
export function between(text: string, name: string, inside: string): string {
  const [begin, end] = [`<!-- ${name}: written by scripts/write-docs.ts -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`a README has lost the markers ${begin} … ${end}`);
  return `${text.slice(0, from + begin.length)}\n${inside}\n${text.slice(to)}`;
}
