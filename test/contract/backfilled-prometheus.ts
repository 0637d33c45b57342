// A real Prometheus over series written beforehand: real PromQL without waiting for scrapes.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, COUNTER, freePort, type Series, seriesText, type Store } from './store.ts';

export class BackfilledPrometheus implements Store {
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
    binaries: { readonly prometheus: string; readonly promtool: string },
    series: readonly Series[],
    scrapeConfigs: readonly object[] = [],
  ): Promise<BackfilledPrometheus> {
    const directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const data = join(directory, 'data');
    if (series.length > 0) {
      const written = join(directory, 'series.om');
      writeFileSync(written, openMetrics(series));
      execFileSync(binaries.promtool, ['tsdb', 'create-blocks-from', 'openmetrics', written, data], { stdio: 'pipe' });
    }
    const config = join(directory, 'prometheus.json'); // JSON is YAML
    writeFileSync(config, JSON.stringify({ scrape_configs: scrapeConfigs }));
    const address = `127.0.0.1:${String(await freePort())}`;
    const process = spawn(
      binaries.prometheus,
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=${address}`,
        '--storage.tsdb.retention.time=30d',
        '--log.level=error',
      ],
      { stdio: 'ignore' },
    );
    const prometheus = new BackfilledPrometheus(`http://${address}`, process, directory);
    if (await answers(`${prometheus.url}/-/ready`)) return prometheus;
    prometheus.stop();
    throw new Error(`Prometheus did not get ready at ${prometheus.url}`);
  }

  stop(): void {
    this.#process.kill('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** OpenMetrics wants one metric's lines together, and each series' samples in order. */
function openMetrics(series: readonly Series[]): string {
  const blocks = [...Map.groupBy(series, ({ metric = COUNTER }) => metric)].flatMap(([name, all]) => {
    const lines = all.flatMap((each) =>
      each.samples.map(([time, value]) => `${seriesText(each)} ${String(value)} ${String(time)}`),
    );
    return [`# TYPE ${name.replace(/_total$/, '')} ${name.endsWith('_total') ? 'counter' : 'gauge'}`, ...lines];
  });
  return [...blocks, '# EOF', ''].join('\n');
}
