// What does a runner read from a step? Its file commands and the workflow commands in its output, by the runner's own rules.
import { readFileSync } from 'node:fs';

export type FileCommands = 'OUTPUT' | 'STATE' | 'ENV' | 'PATH' | 'STEP_SUMMARY';

export interface WorkflowCommand {
  readonly name: string;
  readonly properties: string;
  readonly message: string;
}

/** `name<<delimiter`, value, `delimiter`, as the toolkit writes them; the last one of a name counts. */
export function readFileCommand(path: string): Readonly<Record<string, string>> {
  const text = readFileSync(path, 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/^(.+?)<<(ghadelimiter_[^\n]+)\n([\s\S]*?)\n?\2$/gm)].map((match) => [
      match[1] ?? '',
      match[3] ?? '',
    ]),
  );
}

/** `::name key=value::message` at a line's start, spaces before it skipped; `##[name]message` anywhere in a line. */
export function readCommands(stdout: string): readonly WorkflowCommand[] {
  return stdout.split('\n').flatMap((line) => {
    const [, name, properties, message] =
      /^\s*::([A-Za-z-]+)( [^:]*)?::(.*)$/.exec(line) ?? /##\[([A-Za-z-]+)( [^\]]*)?\](.*)$/.exec(line) ?? [];
    return name === undefined
      ? []
      : [{ name, properties: (properties ?? '').trim(), message: unescaped(message ?? '') }];
  });
}

const unescaped = (message: string): string =>
  message.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');

/** What a reader sees without opening a group, workflow commands left out. */
export function unfolded(stdout: string): readonly string[] {
  const lines: string[] = [];
  let folded = false;
  for (const line of stdout.split('\n')) {
    const [command] = readCommands(line);
    if (command?.name === 'group') folded = true;
    else if (command?.name === 'endgroup') folded = false;
    else if (!folded && command === undefined && line.trim() !== '') lines.push(line);
  }
  return lines;
}
