// A real single-node VictoriaMetrics over series written beforehand, by its import API.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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

  /** Answers queries over exactly these series when it resolves; scrapes whatever `scrapeConfigs` say. */
  static async start(
    binary: string,
    series: readonly Series[],
    scrapeConfigs: readonly object[] = [],
  ): Promise<BackfilledVictoriaMetrics> {
    const directory = mkdtempSync(join(tmpdir(), 'victoriametrics-'));
    const config = join(directory, 'scrape.json'); // JSON is YAML
    writeFileSync(config, JSON.stringify({ scrape_configs: scrapeConfigs }));
    const address = `127.0.0.1:${String(await freePort())}`;
    const process = spawn(
      binary,
      [
        `-storageDataPath=${join(directory, 'data')}`,
        `-httpListenAddr=${address}`,
        `-promscrape.config=${config}`,
        '-loggerLevel=ERROR',
      ],
      { stdio: 'ignore' },
    );
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
