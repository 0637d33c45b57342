// Where are Istio's charts and the Gateway API's CRDs? In Go's module cache: nothing of them is copied into this repository.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import { filled } from './cache.ts';
import type { IstioVersion } from './recipes.ts';

/** The sources of the istiod chart; its own version says 1.0.0, so helm wants it packaged: see `packagedChart`. */
export function chartDirectory(binaries: Binaries, version: IstioVersion): string {
  return join(binaries.istioSources[version], 'manifests', 'charts', 'istio-control', 'istio-discovery');
}

/** For `kubectl apply --server-side -f`. */
export function gatewayApiCrds(binaries: Binaries): string {
  return join(binaries.gatewayApiSources, 'config', 'crd', 'standard');
}

/** The istiod chart as an archive of that version, for `helm upgrade --install`. */
export async function packagedChart(binaries: Binaries, version: IstioVersion): Promise<string> {
  const release = `${version}.0`;
  const sources = chartDirectory(binaries, version);
  const hash = createHash('sha256').update(sources).update(binaries.helm).digest('hex').slice(0, 16);
  const directory = await filled(`chart-${version}-${hash}`, async (temporary) => {
    const versions = ['--version', release, '--app-version', release];
    await promisify(execFile)(binaries.helm, ['package', sources, ...versions, '--destination', temporary]);
  });
  return join(directory, `istiod-${release}.tgz`);
}
