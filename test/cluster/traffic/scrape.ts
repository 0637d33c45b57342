// What does a pod answer to Prometheus? As the pod whose address was dialled; a pod without a running proxy answers nothing at all.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Instance } from './mesh.ts';
import type { TrafficModel } from './model.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function answerScrape(model: TrafficModel, request: IncomingMessage, response: ServerResponse): void {
  const instance = model.mesh.at(request.socket.localAddress ?? '');
  if (instance?.member.proxyRuns !== true) {
    request.socket.destroy(); // nobody listens there
    return;
  }
  if (request.url?.split('?')[0] !== '/stats/prometheus') {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPE }).end(exposed(instance, { histograms: true }));
}

/** All pods in one answer, each series with its `namespace` and `pod`: for one target with `honor_labels`, above some 500 pods. */
export function answerForAll(model: TrafficModel, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': TYPE });
  for (const instance of model.mesh.all()) {
    const { namespace, name, proxyRuns } = instance.member;
    if (!proxyRuns) continue;
    response.write(exposed(instance, { histograms: false, more: `namespace="${namespace}",pod="${name}",` }));
  }
  response.end();
}

function exposed({ member, counters }: Instance, options: { histograms: boolean; more?: string }): string {
  const build = `istio_build{${options.more ?? ''}component="proxy",tag="${member.proxyVersion}"} 1\n`;
  const counted = counters?.expose(options) ?? '';
  return counted === '' ? build : `${build}${counted}\n`;
}
