// Which texts try to be more than text? Names and messages as an attacker, or bad luck, would choose them.

export interface Hostile {
  readonly text: string;
  readonly reason: string;
}
export const HOSTILE: readonly Hostile[] = [
  { text: '::set-output name=ending::completed', reason: 'a workflow command' },
  { text: '  ::error::forged', reason: 'a workflow command behind spaces, which the runner skips' },
  { text: 'x\n::add-mask::payments', reason: 'a workflow command on a line of its own' },
  { text: 'ok ##[set-output name=ending;]completed', reason: 'the old form of a command, read anywhere in a line' },
  { text: '\u001b[31mred\u001b[0m', reason: 'colours' },
  { text: '\u001b]8;;http://evil\u0007link\u001b]8;;\u0007', reason: 'a terminal hyperlink' },
  { text: 'a\rb', reason: 'a carriage return that overwrites the line' },
  { text: 'a\u202eb', reason: 'text that runs backwards' },
  { text: 'a\u0085b\u2028c', reason: 'line ends that are not \\n' },
  { text: 'a | b', reason: "a table's border" },
  { text: 'a \\| b', reason: "an escaped table's border" },
  { text: '`a | b`', reason: "a table's border in code" },
  { text: '<script>alert(1)</script>', reason: 'HTML' },
  { text: '<img src=x onerror=alert(1)>', reason: 'HTML that loads' },
  { text: '</details></table>', reason: 'HTML that closes ours' },
  { text: '![x](https://evil/x.png)', reason: 'an image' },
  { text: '[click](javascript:alert(1))', reason: 'a link' },
  { text: 'https://evil.example', reason: 'a link without markup' },
  { text: '```\n# heading', reason: 'the end of a fenced block' },
  { text: '````', reason: 'a longer fence' },
  { text: '# heading', reason: 'a heading' },
  { text: '- item', reason: 'a list' },
  { text: '1. item', reason: 'a numbered list' },
  { text: '--- ', reason: 'a rule, or the underline of a heading' },
  { text: '**bold** __bold__ ~~gone~~', reason: 'emphasis' },
  { text: '@octocat #1', reason: 'a mention' },
  { text: '&lt;b&gt;', reason: 'entities that are meant literally' },
  { text: '$x$', reason: 'mathematics' },
];

/** Anything a log must never contain: control characters but line ends, and what turns text around. */
// oxlint-disable-next-line no-control-regex -- these are what is looked for
export const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\u200b-\u200f]/;
