// How does a GitHub runner start the bundle, and how does a shell? As child processes with real files and real signals,
// for bundle tests, e2e tests and the demo. It knows nothing of what the bundle does.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { mustNotLeak, secretsGiven } from '../secrets/leaks.ts';
import { type FileCommands, readFileCommand, readCommands, type WorkflowCommand } from './workflow-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The committed bundle, or, where `BUNDLE_DIST` says so, a fresh build. */
const DIST = process.env['BUNDLE_DIST'] ?? join(ROOT, 'dist');
/** A run that takes longer hangs. */
const LONGEST_MS = 20 * 60_000;

export interface ProcessOptions {
  /** On top of the little that a runner sets: PATH and a HOME of its own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with every piece of stdout as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly timeoutMs?: number;
  /** Secrets it gets to know beside those in its inputs, its environment and its kubeconfig, such as a plugin's tokens. */
  readonly secrets?: readonly string[];
}
export interface ActionOptions extends ProcessOptions {
  /** As in `with:`; what is not given gets action.yml's default, or nothing. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Which run this is; `1` and `1` unless told. */
  readonly runId?: string;
  readonly attempt?: number;
  readonly actor?: string;
  readonly job?: string;
  /** False: the runner died with the step, so that its `post` never ran. */
  readonly post?: boolean;
}

export interface ProcessResult {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}
interface RunResult extends ProcessResult {
  /** Parsed; undefined when none was written. */
  readonly report: unknown;
  readonly summary: string;
  /** All that it was given. They are not in what it said; what it stored elsewhere is for others to search. */
  readonly secrets: readonly string[];
}
export interface ActionResult extends RunResult {
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly commands: readonly WorkflowCommand[];
  /** What the step's `post` did afterwards. */
  readonly post: ProcessResult & { readonly commands: readonly WorkflowCommand[] };
}
export type CliResult = RunResult;
export interface Running<T> {
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Resolves when stdout matches; rejects when the process ends before. */
  saw(what: RegExp): Promise<void>;
  /** The process itself has ended; a step's `post` may still run. */
  readonly ended: Promise<void>;
  readonly result: Promise<T>;
}

/** A step of the action from its first line to the end of its `post`. */
export const runAction = async (options: ActionOptions = {}): Promise<ActionResult> => startAction(options).result;

/** The same, to be watched and to be signalled while it runs. */
export function startAction(options: ActionOptions = {}): Running<ActionResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'action-'));
  const files = fileCommands(scratch);
  const env = { ...surroundings(scratch), ...runnerEnv(options, scratch), ...files.env, ...options.env };
  const secrets = secretsOf(options.inputs ?? {}, env, options.secrets);
  const running = start([join(DIST, 'index.js')], { ...options, env, cwd: scratch });
  const result = running.result.then(async (main): Promise<ActionResult> => {
    try {
      const state = readFileCommand(files.paths.STATE);
      const stateEnv = Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value]));
      const post =
        options.post === false
          ? NOTHING
          : await start([join(DIST, 'index.js')], { env: { ...env, ...stateEnv }, cwd: scratch }).result;
      const outputs = readFileCommand(files.paths.OUTPUT);
      const report = outputs['report'] ?? '';
      const paths = [...Object.values(files.paths), report];
      const given = secrets();
      mustNotLeak({ ...spoken('main', main), ...spoken('post', post), ...filesIn(paths) }, given);
      return {
        ...main,
        outputs,
        state,
        summary: readFileSync(files.paths.STEP_SUMMARY, 'utf8'),
        commands: readCommands(main.stdout),
        report: jsonIn(report),
        secrets: given,
        post: { ...post, commands: readCommands(post.stdout) },
      };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
  return { ...running, result };
}

/** `node dist/index.js …args` in a directory of its own. */
export const runCli = async (args: readonly string[], options: ProcessOptions = {}): Promise<CliResult> =>
  startCli(args, options).result;

export function startCli(args: readonly string[], options: ProcessOptions = {}): Running<CliResult> {
  const scratch = mkdtempSync(join(tmpdir(), 'cli-'));
  const env = { ...surroundings(scratch), ...options.env };
  const secrets = secretsOf(inputsIn(args), env, options.secrets);
  const running = start([join(DIST, 'index.js'), ...args], { ...options, env, cwd: scratch });
  const result = running.result.then((main): CliResult => {
    try {
      const report = join(scratch, 'istio-canary-upgrade-report.json');
      const summary = join(scratch, 'istio-canary-upgrade-summary.md');
      const given = secrets();
      mustNotLeak({ ...spoken('main', main), ...filesIn([report, summary]) }, given);
      return { ...main, report: jsonIn(report), summary: textIn(summary), secrets: given };
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
  return { ...running, result };
}

/** Those that a run is given; files are read at once, and again when it has ended. */
function secretsOf(
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
): () => readonly string[] {
  const first = secretsGiven({ inputs, env });
  return () => [...first, ...secretsGiven({ inputs, env }), ...more];
}

/** `--name value` as an input. */
const inputsIn = (args: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    args.flatMap((arg, index) => (arg.startsWith('--') ? [[arg.slice(2), args[index + 1] ?? '']] : [])),
  );

/** What a process said, without what only the runner hears. */
const spoken = (who: string, { stdout, stderr }: ProcessResult): Record<string, string> => ({
  [`stdout of ${who}`]: stdout.replaceAll(/^::add-mask::.*$/gmu, ''),
  [`stderr of ${who}`]: stderr,
});
const filesIn = (paths: readonly string[]): Record<string, string> =>
  Object.fromEntries(paths.map((path) => [path, textIn(path)]));

const NOTHING: ProcessResult = { code: null, signal: null, stdout: '', stderr: '', tookMs: 0 };

const surroundings = (home: string): Record<string, string | undefined> => ({
  PATH: process.env['PATH'],
  HOME: home,
  TMPDIR: process.env['TMPDIR'],
});

function runnerEnv(options: ActionOptions, scratch: string): Record<string, string> {
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_ACTOR: options.actor ?? 'octocat',
    GITHUB_EVENT_NAME: 'workflow_dispatch',
    GITHUB_EVENT_PATH: '',
    GITHUB_JOB: options.job ?? 'upgrade',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REPOSITORY: 'example/mesh',
    GITHUB_RUN_ATTEMPT: String(options.attempt ?? 1),
    GITHUB_RUN_ID: options.runId ?? '1',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_SHA: '0'.repeat(40),
    GITHUB_WORKFLOW: 'upgrade',
    GITHUB_WORKSPACE: scratch,
    RUNNER_ENVIRONMENT: 'github-hosted',
    RUNNER_TEMP: scratch,
    ...inputEnv(options.inputs ?? {}),
  };
}

/** The runner sets a variable for every input of action.yml, given or not, and for unknown ones too. */
function inputEnv(given: Readonly<Record<string, string>>): Record<string, string> {
  const all = { ...declaredInputs(), ...given };
  return Object.fromEntries(
    Object.entries(all).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value]),
  );
}

function declaredInputs(): Record<string, string> {
  const action: unknown = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
  const inputs = isRecord(action) && isRecord(action['inputs']) ? action['inputs'] : {};
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      isRecord(input) && typeof input['default'] === 'string' ? input['default'] : '',
    ]),
  );
}
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function fileCommands(directory: string): {
  readonly paths: Readonly<Record<FileCommands, string>>;
  readonly env: Record<string, string>;
} {
  const path = (name: FileCommands): string => {
    const file = join(directory, name.toLowerCase());
    writeFileSync(file, '');
    return file;
  };
  const paths = {
    OUTPUT: path('OUTPUT'),
    STATE: path('STATE'),
    ENV: path('ENV'),
    PATH: path('PATH'),
    STEP_SUMMARY: path('STEP_SUMMARY'),
  };
  return { paths, env: Object.fromEntries(Object.entries(paths).map(([name, file]) => [`GITHUB_${name}`, file])) };
}

interface StartOptions extends ProcessOptions {
  readonly cwd: string;
}

function start(args: readonly string[], options: StartOptions): Running<ProcessResult> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { cwd: options.cwd, env: { ...options.env } });
  const watchdog = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? LONGEST_MS);
  const seen = collect(child, options.onOutput);
  const result = new Promise<ProcessResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      resolve({ code, signal, stdout: seen.stdout(), stderr: seen.stderr(), tookMs: performance.now() - begun });
    });
  });
  return {
    pid: child.pid,
    ended: result.then(
      () => undefined,
      () => undefined,
    ),
    kill: (signal) => {
      child.kill(signal);
    },
    saw: async (what) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!what.test(seen.stdout())) return;
          child.stdout.off('data', look);
          resolve();
        };
        child.stdout.on('data', look);
        child.on('close', () => {
          reject(new Error(`the process ended before it printed ${String(what)}:\n${seen.stdout()}\n${seen.stderr()}`));
        });
        look();
      }),
    result,
  };
}

function collect(
  child: ChildProcessWithoutNullStreams,
  onOutput: (text: string) => void = () => undefined,
): { stdout(): string; stderr(): string } {
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
    onOutput(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  return { stdout: () => texts.stdout, stderr: () => texts.stderr };
}

const textIn = (path: string): string => (path !== '' && existsSync(path) ? readFileSync(path, 'utf8') : '');
function jsonIn(path: string): unknown {
  const text = textIn(path);
  if (text === '') return undefined;
  const data: unknown = JSON.parse(text);
  return data;
}
