// Which Prometheus is asked? The one that we build, or another, such as an older line's: PROMETHEUS_DIR is the directory of its binaries.
import { join } from 'node:path';
import { locateBinaries } from '../cluster/binaries.ts';

export const elsewhere = process.env['PROMETHEUS_DIR'];

export async function prometheusBinaries(): Promise<{ readonly prometheus: string; readonly promtool: string }> {
  return elsewhere === undefined
    ? locateBinaries()
    : { prometheus: join(elsewhere, 'prometheus'), promtool: join(elsewhere, 'promtool') };
}
