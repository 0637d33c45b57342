// What stands in for nodes and their kubelets? A process of its own that makes bound pods run, or fail by rule, and runs istiod for real.
// Its orders come over HTTP on 127.0.0.1:26450: PUT / replaces the rules, GET / tells rules, counts and istiod's processes.
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { Api } from './api.ts';
import { type IstiodProcess, IstiodRunner, type IstiodSettings } from './kubelet/istiod.ts';
import { Lifecycle, type Stats } from './kubelet/lifecycle.ts';
import { AddressBook, publishNodes } from './kubelet/nodes.ts';
import type { Pod } from './kubelet/pod.ts';
import type { Rule } from './kubelet/rules.ts';

export const kubeletPort = 26_450;

export interface KubeletSettings extends IstiodSettings {
  kubeconfig: string;
  nodeVersion: string;
}

export interface KubeletState {
  rules: readonly Rule[];
  stats: Stats;
  istiods: IstiodProcess[];
}

async function serve(settings: KubeletSettings): Promise<void> {
  const api = Api.fromKubeconfig(settings.kubeconfig);
  const istiods = new IstiodRunner(api, settings);
  const lifecycle = new Lifecycle(api, new AddressBook(), istiods);
  const end = new AbortController();
  await publishNodes(api, settings.nodeVersion);
  takeOrders(lifecycle, istiods);
  process.on('SIGTERM', () => {
    end.abort();
    void lifecycle.endAll().then(() => process.exit(0));
  });
  await api.follow<Pod>(
    '/api/v1/pods',
    ({ type, object }) => (type === 'DELETED' ? lifecycle.gone(object.metadata.uid) : lifecycle.seen(object)),
    end.signal,
    (pods) => lifecycle.only(pods),
  );
}

function takeOrders(lifecycle: Lifecycle, istiods: IstiodRunner): void {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'PUT') lifecycle.rules = JSON.parse(Buffer.concat(chunks).toString());
      const state: KubeletState = { rules: lifecycle.rules, stats: lifecycle.stats, istiods: istiods.processes };
      response.end(`${JSON.stringify(state)}\n`);
    });
  });
  server.listen(kubeletPort, '127.0.0.1');
}

if (import.meta.main) {
  const settings: KubeletSettings = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'));
  await serve(settings);
}
