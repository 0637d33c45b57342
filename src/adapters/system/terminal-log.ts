// How does a person at a terminal, or another CI's log, read along? A line each, with the time; groups are indented.
import { styleText } from 'node:util';
import type { LogPort } from '../../ports/log.ts';
import { logLine } from '../../shared/log-line.ts';
import { span } from '../../slo/sentence.ts';

/** Where lines go: `process.stdout`. Colours only where it is a terminal that wants them. */
export interface Sink {
  readonly stream: NodeJS.WritableStream;
  readonly now: () => number;
  /** Takes secrets out. */
  readonly clean: (text: string) => string;
}
type Style = Parameters<typeof styleText>[0];

/** A log that escapes and cleans whatever it is given; `plain` prints without time and indentation. */
export function terminalLog({ stream, now, clean }: Sink): LogPort & { plain(text: string): void } {
  let indent = '';
  const harmless = (text: string): string => logLine(clean(text));
  const styled = (style: Style, text: string): string => styleText(style, text, { stream });
  const put = (text: string): void => {
    stream.write(`${text}\n`);
  };
  const line = (text: string): void => {
    put(`${styled('dim', clockOf(now()))} ${indent}${text}`);
  };
  return {
    plain: (text) => {
      put(harmless(text));
    },
    line: (text) => {
      line(harmless(text));
    },
    notice: (text) => {
      line(`${styled('cyan', 'notice:')} ${harmless(text)}`);
    },
    warning: (text) => {
      line(`${styled('yellow', 'warning:')} ${harmless(text)}`);
    },
    error: (text) => {
      line(`${styled('red', 'error:')} ${harmless(text)}`);
    },
    group: async (title, work) => {
      const begun = now();
      line(styled('bold', harmless(title)));
      const outer = indent;
      indent = `${outer}  `;
      try {
        return await work();
      } finally {
        indent = outer;
        line(styled('dim', `${harmless(title)}: took ${span(now() - begun)}`));
      }
    },
  };
}

/** `12:05:00Z`. */
const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 19).concat('Z');
