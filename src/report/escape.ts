// How does text that others wrote become harmless where people read it? Control characters made visible, workflow
// commands broken, markdown and HTML taken literally, secrets taken out. Judges nothing.

/** C0, DEL, C1, line separators, and the marks that turn or hide text. */
const INVISIBLE =
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g;
const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': ' ' };

/** The same text in one line without a control character: each is spelled out (`\n`, `\x1b`), tabs become spaces. */
export const visible = (text: string): string =>
  text.replaceAll(INVISIBLE, (character) => NAMED[character] ?? spelled(character));

function spelled(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? String.raw`\x${code.toString(16).padStart(2, '0')}`
    : String.raw`\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * One log line that no terminal and no runner takes for anything but text. A runner reads `::name::` at a line's start
 * (spaces before it are skipped) and `##[name]` anywhere.
 */
export const logLine = (text: string): string =>
  visible(text)
    .replace(/^(\s*):(?=:)/, '$1: ')
    .replaceAll('##[', '## [');

/** Everything markdown or HTML could take for markup becomes an entity, which is never markup again. */
const entities = (text: string): string =>
  text.replaceAll(/[&<>|`*[\]\\~#!@$"']|:\/\/|www\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (found) =>
    found === '://' ? '&#58;//' : found === 'www.' ? 'www&#46;' : `&#${String(found.codePointAt(0) ?? 0)};`,
  );
/** What makes a list, a heading or a rule of a paragraph's beginning. */
const leading = (text: string): string =>
  text.replace(/^\s*(?:([-+=])|(\d+)([.)]))/, (_all, mark?: string, digits?: string, dot?: string) =>
    mark === undefined ? `${digits ?? ''}&#${String(dot?.codePointAt(0) ?? 0)};` : `&#${String(mark.codePointAt(0))};`,
  );

/** A name or any other text as markdown that shows exactly that text, in a paragraph or in a table's cell. */
export const markdownText = (text: string): string => leading(entities(visible(text)));

/** Text in code font, shown exactly; harmless in a table's cell too, where backticks could not hold a pipe. */
export const markdownCode = (text: string): string => `<code>${entities(visible(text))}</code>`;

/** A sentence of ours as markdown: what stands between backticks is code, everything else is text. */
export const markdownProse = (text: string): string =>
  leading(
    visible(text)
      .split(/(`[^`]+`)/)
      .map((part, index) => (index % 2 === 1 ? markdownCode(part.slice(1, -1)) : entities(part)))
      .join(''),
  );

/** A fenced block that shows `text` line by line and that nothing in it can close. */
export function markdownFence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, ...text.split('\n').map(visible), fence].join('\n');
}

/** At most `length` characters; says when it cut. */
export const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}… (cut)`;
