// How is the simulator told what to do? PUT /graph, /faults, /proxies/hold and /proxies/reject; GET /stats; and GET
// /stats/prometheus, every pod's metrics in one answer.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { ConnectedProxies } from '../proxies.ts';
import type { TrafficModel } from './model.ts';
import { answerForAll } from './scrape.ts';
import type { Fault, Graph, ProxySelector, Stats } from './wire.ts';

export function controlServer(model: TrafficModel, proxies: ConnectedProxies | undefined): Server {
  return createServer((request, response) => {
    answer(model, proxies, request, response).catch((error: unknown) => {
      response.writeHead(400).end(`${error instanceof Error ? error.message : String(error)}\n`);
    });
  });
}

async function answer(
  model: TrafficModel,
  proxies: ConnectedProxies | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /stats':
      response.end(JSON.stringify(statsOf(model, proxies)));
      return;
    case 'GET /stats/prometheus':
      answerForAll(model, response);
      return;
    case 'PUT /graph':
      model.setGraph(await read<Graph>(request, (graph) => Array.isArray(graph.edges), 'a graph: {"edges": […]}'));
      break;
    case 'PUT /faults':
      model.setFaults(await read<Fault[]>(request, Array.isArray, 'a list of faults'));
      break;
    case 'PUT /proxies/hold':
      running(proxies).setHeld(await read<ProxySelector[]>(request, Array.isArray, 'a list of selectors'));
      break;
    case 'PUT /proxies/reject':
      running(proxies).setRejecting(await read<ProxySelector[]>(request, Array.isArray, 'a list of selectors'));
      break;
    default:
      response.writeHead(404).end(`${request.method} ${request.url} is not among the simulator's levers\n`);
      return;
  }
  response.end('ok\n');
}

function running(proxies: ConnectedProxies | undefined): ConnectedProxies {
  if (proxies === undefined) throw new Error('the simulator was started without the proxies program');
  return proxies;
}

async function read<T>(request: IncomingMessage, fits: (body: T) => boolean, expected: string): Promise<T> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  const body: T = JSON.parse(text);
  if (!fits(body)) throw new Error(`expected ${expected}`);
  return body;
}

function statsOf(model: TrafficModel, proxies: ConnectedProxies | undefined): Stats {
  let [pods, sidecars, series] = [0, 0, 0];
  for (const { member, counters } of model.mesh.all()) {
    pods += 1;
    sidecars += member.sidecar ? 1 : 0;
    series += counters?.size ?? 0;
  }
  return {
    clockMs: model.clockMs,
    listed: model.listed,
    pods,
    sidecars,
    series,
    byNamespace: Object.fromEntries(model.tallies),
    proxies: proxies?.stats() ?? { running: false, connected: 0, wanted: 0, held: [] },
  };
}
