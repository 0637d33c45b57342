// A real single-node VictoriaMetrics over series written beforehand, by its import API.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, freePort, type Series, seriesText, type Store } from './store.ts';

export class BackfilledVictoriaMetrics implements Store {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #directory: string;

  private constructor(url: string, process: ChildProcess, directory: string) {
    this.url = url;
    this.#process = process;
    this.#directory = directory;
  }

  /** Answers queries over exactly these series when it resolves. */
  static async start(binary: string, series: readonly Series[]): Promise<BackfilledVictoriaMetrics> {
    const directory = mkdtempSync(join(tmpdir(), 'victoriametrics-'));
    const address = `127.0.0.1:${String(await freePort())}`;
    const flags = [`-storageDataPath=${directory}`, `-httpListenAddr=${address}`, '-loggerLevel=ERROR'];
    const process = spawn(binary, flags, { stdio: 'ignore' });
    const victoria = new BackfilledVictoriaMetrics(`http://${address}`, process, directory);
    if (await answers(`${victoria.url}/health`)) {
      await victoria.#import(series);
      return victoria;
    }
    victoria.stop();
    throw new Error(`VictoriaMetrics did not get ready at ${victoria.url}`);
  }

  async #import(series: readonly Series[]): Promise<void> {
    const lines = series.flatMap((each) =>
      each.samples.map(([time, value]) => `${seriesText(each)} ${String(value)} ${String(time * 1000)}`),
    );
    const imported = await fetch(`${this.url}/api/v1/import/prometheus`, { method: 'POST', body: lines.join('\n') });
    if (!imported.ok) throw new Error(`VictoriaMetrics refused the series: ${String(imported.status)}`);
    await fetch(`${this.url}/internal/force_flush`); // else samples are searchable only a second later
  }

  stop(): void {
    this.#process.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
