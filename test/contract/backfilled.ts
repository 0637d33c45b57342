// A real Prometheus over series written beforehand: real PromQL without waiting for scrapes.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Time in seconds and value, in order. */
  readonly samples: readonly (readonly [number, number])[];
}

export class BackfilledPrometheus {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(url: string, process: ChildProcess, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /** Answers queries over exactly these series of one counter when it resolves. */
  static async start(
    binaries: { readonly prometheus: string; readonly promtool: string },
    counter: string,
    series: readonly Series[],
  ): Promise<BackfilledPrometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const written = join(directory, 'series.om');
    writeFileSync(written, openMetrics(counter, series));
    const data = join(directory, 'data');
    execFileSync(binaries.promtool, ['tsdb', 'create-blocks-from', 'openmetrics', written, data], { stdio: 'pipe' });
    writeFileSync(join(directory, 'prometheus.yml'), 'global: {scrape_interval: 15s}\n');
    const address = `127.0.0.1:${String(await freePort())}`;
    const process = spawn(
      binaries.prometheus,
      [
        `--config.file=${join(directory, 'prometheus.yml')}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=${address}`,
        '--storage.tsdb.retention.time=30d',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new BackfilledPrometheus(`http://${address}`, process, directory);
    await prometheus.#ready();
    return prometheus;
  }

  async #ready(): Promise<void> {
    for (let tries = 0; tries < 600; tries += 1) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.ok === true) return;
      await pause(50);
    }
    this.stop();
    throw new Error(`Prometheus did not get ready at ${this.url}`);
  }

  stop(): void {
    this.#process.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** OpenMetrics wants one metric's lines together, and each series' samples in order. */
function openMetrics(counter: string, series: readonly Series[]): string {
  const lines = series.flatMap(({ labels, samples }) => {
    const text = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return samples.map(([time, value]) => `${counter}{${text.join(',')}} ${String(value)} ${String(time)}`);
  });
  return [`# TYPE ${counter.replace(/_total$/, '')} counter`, ...lines, '# EOF', ''].join('\n');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
