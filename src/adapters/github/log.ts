// How does someone on the run's page read along? Folded groups, a time before each line, annotations for trouble.
import type { LogPort } from '../../ports/log.ts';
import { logLine, visible } from '../../shared/log-line.ts';
import { span } from '../../slo/sentence.ts';

/** The slice of `@actions/core` that is used. */
export interface Commands {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
  startGroup(name: string): void;
  endGroup(): void;
}
export interface GithubLogOptions {
  readonly commands: Commands;
  readonly now: () => number;
  /** Takes secrets out, before the runner's own mask. */
  readonly clean: (text: string) => string;
}
export interface GithubLog extends LogPort {
  /** Prints without time, and outside any group: an open one is closed first. */
  plain(lines: readonly string[]): void;
}

/** GitHub shows ten annotations of a level and step; one error is kept for the ending. */
const MOST_ANNOTATIONS = 9;
const LONGEST_ANNOTATION = 4000;

/** Escapes and cleans whatever it is given; a group inside a group is a heading in it. */
export function githubLog({ commands, now, clean }: GithubLogOptions): GithubLog {
  let open = 0;
  let folded = false;
  const told = { notice: 0, warning: 0, error: 0 };
  const harmless = (text: string): string => logLine(clean(text));
  const line = (text: string): void => {
    commands.info(`${clockOf(now())} ${harmless(text)}`);
  };
  const annotate = (level: keyof typeof told, text: string): void => {
    told[level] += 1;
    if (told[level] <= MOST_ANNOTATIONS) commands[level](visible(clean(text)).slice(0, LONGEST_ANNOTATION));
    else line(`${level}: ${text}`);
  };
  const unfold = (): void => {
    if (folded) commands.endGroup();
    folded = false;
  };
  return {
    line,
    notice: (text) => {
      annotate('notice', text);
    },
    warning: (text) => {
      annotate('warning', text);
    },
    error: (text) => {
      annotate('error', text);
    },
    group: async (title, work) => {
      const begun = now();
      open += 1;
      const outermost = open === 1;
      if (outermost) {
        commands.startGroup(visible(clean(title)));
        folded = true;
      } else line(title);
      try {
        return await work();
      } finally {
        open -= 1;
        if (outermost) unfold();
        line(`${title}: took ${span(now() - begun)}`);
      }
    },
    plain: (lines) => {
      unfold();
      for (const text of lines) commands.info(harmless(text));
    },
  };
}

/** `12:05:00Z`. */
const clockOf = (ms: number): string => new Date(ms).toISOString().slice(11, 19).concat('Z');
