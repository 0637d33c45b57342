// The edge of a terminal or of any CI but GitHub: lines on stdout, report and summary as files, an exit code of its own.
import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Deliverables, Edge, RunContext } from '../../ports/edge.ts';
import { secretKeeper } from '../../shared/redact.ts';
import { machineContext } from './context.ts';
import { writeText } from './files.ts';
import { terminalLog } from './terminal-log.ts';

export const REPORT_FILE = 'istio-canary-upgrade-report.json';
export const SUMMARY_FILE = 'istio-canary-upgrade-summary.md';

export interface TerminalOptions {
  /** As the command line gave them. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The process, or what a test puts in its place. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WritableStream;
  readonly directory: string;
  readonly now: () => number;
  readonly setExitCode: (code: number) => void;
}

export function terminalEdge(options: TerminalOptions): Edge {
  const secrets = secretKeeper();
  const log = terminalLog({ stream: options.stdout, now: options.now, clean: secrets.clean });
  return {
    log,
    inputs: options.inputs,
    defaults: {},
    context: contextOf(options.env),
    mask: (secret) => {
      secrets.add(secret);
    },
    clean: secrets.clean,
    announce: (lines) => {
      for (const line of lines) log.plain(line);
    },
    finish: async ({ shown, closing, report, summary, exitCode }: Deliverables) => {
      options.setExitCode(exitCode);
      for (const line of [...shown, '', ...closing]) log.plain(line);
      const files = [
        { what: 'report', path: join(options.directory, REPORT_FILE), text: report },
        { what: 'summary', path: join(options.directory, SUMMARY_FILE), text: summary },
      ];
      for (const { what, path, text } of files) {
        const problem = await writeText(path, secrets.clean(text));
        if (problem === undefined) log.plain(`${what}: ${path}`);
        else log.warning(`the ${what} is not written: ${problem}`);
      }
    },
  };
}

function contextOf(env: TerminalOptions['env']): RunContext {
  return machineContext({ env, user: userName(env), host: hostname(), nonce: randomBytes(4).toString('hex') });
}

/** Containers run under ids that have no name. */
function userName(env: TerminalOptions['env']): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? 'unknown';
  }
}
