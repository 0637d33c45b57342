// How does a test run one command-line tool to its end? Its stdout is the answer, its stderr the error.
import { spawn } from 'node:child_process';

export class CommandFailed extends Error {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(line: string, code: number | null, stdout: string, stderr: string) {
    super(`${line} ended with ${code ?? 'a signal'}: ${stderr.trim() || stdout.trim()}`);
    this.name = 'CommandFailed';
    this.code = code;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  env: NodeJS.ProcessEnv;
  stdin?: string;
  cwd?: string;
}

export function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env, ...(options.cwd !== undefined && { cwd: options.cwd }) });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(stdout);
      else reject(new CommandFailed(`${command.replace(/.*\//, '')} ${args.join(' ')}`, code, stdout, stderr));
    });
    child.stdin.on('error', () => undefined); // it ended without reading
    child.stdin.end(options.stdin ?? '');
  });
}
