// How does text that others wrote become harmless markdown? Taken literally, character by character: what could be markup
// becomes an entity. Secrets are taken out elsewhere.
import { visible } from '../shared/log-line.ts';

/** Everything markdown or HTML could take for markup becomes an entity, which is never markup again. */
const entities = (text: string): string =>
  text.replaceAll(/[&<>|`*[\]\\~#!@$]|:\/\/|www\.|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, (found) =>
    found === '://' ? '&#58;//' : found === 'www.' ? 'www&#46;' : `&#${String(found.codePointAt(0) ?? 0)};`,
  );
/** What makes a list, a heading or a rule of a paragraph's beginning. */
const leading = (text: string): string =>
  text.replace(/^\s*(?:([-+=])|(\d+)([.)])(?=\s|$))/, (_all, mark?: string, digits?: string, dot?: string) =>
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
