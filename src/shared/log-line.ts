// How does text that others wrote become one harmless line of a log? Control characters made visible, workflow commands
// broken. It neither cuts nor judges.

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
