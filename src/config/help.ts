// What does `--help` say? Everything from the table of inputs.
import { COMMANDS } from './config.ts';
import { INPUTS, type Input } from './inputs.ts';

const GROUPS: Readonly<Record<Input['group'], string>> = {
  run: 'What to do',
  cluster: 'Which cluster',
  upgrade: 'What to upgrade',
  prometheus: 'Prometheus',
  gate: 'The gate',
  pace: 'Pace',
  approval: 'Approvals',
};

/** The command line's help: every command, every flag with its default, and the exit codes. */
export function helpText(): string {
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const flags = INPUTS.filter((input) => input.group === group).filter(({ name }) => name !== 'command');
    return [`${title}:`, ...flags.map((input) => flagHelp(input))].join('\n');
  });
  return [
    'Upgrades Istio on a live cluster by revision, batch by batch, gated on the error rate.',
    'Usage: node dist/index.js [command] [--flag value]...',
    `Commands: ${COMMANDS.join(', ')} (default: upgrade)`,
    ...groups,
    'Exit codes: 0 green, 1 broken, 2 refused or bad usage, 3 held, 4 rolled back',
  ].join('\n\n');
}

function flagHelp(input: Input): string {
  const notes = [
    ...(input.requiredBy.length > 0 ? [`required by ${input.requiredBy.join(', ')}`] : []),
    ...(defaultText(input) === '' ? [] : [`default: ${defaultText(input)}`]),
    ...(input.lines ? ['may be repeated'] : []),
    ...(input.frozen ? ['part of the plan'] : []),
  ];
  const description = wrap(plain(input.description), 74).map((line) => `      ${line}`);
  return [`  --${input.name}${notes.length === 0 ? '' : `  (${plain(notes.join('; '))})`}`, ...description].join('\n');
}

/** The default in one line of plain text; empty where there is none. */
export const defaultText = (input: Input): string => input.otherwise ?? input.default.replaceAll('\n', ' / ');

const plain = (markdown: string): string => markdown.replaceAll('`', '');

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
