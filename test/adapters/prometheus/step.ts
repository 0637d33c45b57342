// What does a step on GitHub show that asks a Prometheus of the test's making? Over real HTTP, with the real edge, up to its last line.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, afterEach, beforeEach, vi } from 'vitest';
import { githubEdge } from '../../../src/adapters/github/edge.ts';
import { connectPrometheus } from '../../../src/adapters/prometheus/prometheus.ts';
import type { Ending } from '../../../src/plan/ending.ts';
import type { LogPort } from '../../../src/ports/log.ts';
import type { PrometheusPort } from '../../../src/ports/prometheus.ts';
import { report } from '../../../src/report/report.ts';
import { START } from '../../builders/gate-run.ts';
import { readCommands, readFileCommand } from '../../bundle/workflow-commands.ts';
import { ManualClock } from '../../fakes/manual-clock.ts';
import { aBasis } from '../../report/endings.ts';

export interface Reply {
  readonly status?: number;
  readonly contentType?: string;
  readonly body: string;
}
export type Answering = (query: string, atMs: number) => Promise<Reply>;

export interface Surroundings {
  readonly prometheus: PrometheusPort;
  readonly clock: ManualClock;
  readonly log: LogPort;
}
export interface Shown {
  readonly ending: Ending;
  readonly stdout: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Names of the workflow commands that the runner finds, but for those that fold. */
  readonly commands: readonly string[];
}
export type Step = (answering: Answering, command: (world: Surroundings) => Promise<Ending>) => Promise<Shown>;

/** To be called once in a file: sets up a runner and a server before each of its tests. */
export function stepsOnGithub(): Step {
  // One for all: the toolkit remembers where the summary lies.
  const directory = mkdtempSync(join(tmpdir(), 'step-'));
  let server: Server;
  let stdout: string;
  let answer: Answering;
  beforeEach(async () => {
    for (const file of ['OUTPUT', 'STATE', 'STEP_SUMMARY']) {
      writeFileSync(join(directory, file), '');
      vi.stubEnv(`GITHUB_${file}`, join(directory, file));
    }
    vi.stubEnv('RUNNER_TEMP', directory);
    stdout = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => (stdout += String(text)) !== '');
    server = createServer((request, response) => {
      response.sendDate = false; // the step's clock stands in the past
      void textOf(request)
        .then(async (body) => {
          const form = new URLSearchParams(body);
          return answer(form.get('query') ?? '', Number(form.get('time')) * 1000);
        })
        .then(({ status = 200, contentType = 'application/json', body }) =>
          response.writeHead(status, { 'content-type': contentType }).end(body),
        );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    server.closeAllConnections();
    server.close();
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  return async (answering, command) => {
    answer = answering;
    const { port }: AddressInfo = Object.assign({ port: 0, address: '', family: '' }, server.address());
    const clock = new ManualClock(START, { automatic: true });
    const access = { url: `http://127.0.0.1:${String(port)}`, headers: {}, params: {} };
    const prometheus = await connectPrometheus({ access, clock });
    const edge = githubEdge({ names: [], now: () => clock.now() });
    const ending = await command({ prometheus, clock, log: edge.log });
    await edge.finish(report(aBasis(ending), edge.clean));
    const commands = readCommands(stdout).map(({ name }) => name);
    return {
      ending,
      stdout,
      outputs: readFileCommand(join(directory, 'OUTPUT')),
      summary: readFileSync(join(directory, 'STEP_SUMMARY'), 'utf8'),
      commands: commands.filter((name) => name !== 'group' && name !== 'endgroup'),
    };
  };
}
