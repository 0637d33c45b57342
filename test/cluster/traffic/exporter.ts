// The process that stands in for every pod's proxy: it answers scrapes as the pod whose address was dialled, and holds the pods'
// streams to istiod when it is given the `proxies` program. Started by client.ts, told what to do through control.ts.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { Api } from '../api.ts';
import { ConnectedProxies } from '../proxies.ts';
import { controlServer } from './control.ts';
import { type Pod, readMember } from './member.ts';
import { TrafficModel } from './model.ts';
import { CONTROL_PORT, SCRAPE_PORT } from './ports.ts';
import { answerScrape } from './scrape.ts';

const TICK_MS = 250;
/** After a longer stall (a suspended machine) the lost time stays lost. */
const LONGEST_STEP_MS = 5000;

const { values } = parseArgs({
  options: { kubeconfig: { type: 'string' }, proxies: { type: 'string' }, 'proxies-log': { type: 'string' } },
});
const kubeconfig = values.kubeconfig ?? process.env['KUBECONFIG'];
if (kubeconfig === undefined) throw new Error('which cluster? Set KUBECONFIG, or pass --kubeconfig PATH');

const api = Api.fromKubeconfig(kubeconfig);
const end = new AbortController();
const model = new TrafficModel();
const proxies =
  values.proxies === undefined ? undefined : ConnectedProxies.start(values.proxies, values['proxies-log']);

const scrapes = createServer((request, response) => {
  answerScrape(model, request, response);
}).listen(SCRAPE_PORT, '0.0.0.0');
const control = controlServer(model, proxies).listen(CONTROL_PORT, '127.0.0.1');

let last = performance.now();
const ticking = setInterval(() => {
  const now = performance.now();
  model.advance(Math.min(now - last, LONGEST_STEP_MS));
  last = now;
}, TICK_MS);

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    clearInterval(ticking);
    end.abort();
    proxies?.stop();
    scrapes.closeAllConnections();
    scrapes.close();
    control.closeAllConnections();
    control.close();
    api.close();
  });

await api.follow<Pod>(
  '/api/v1/pods',
  ({ type, object }) => {
    const member = readMember(object);
    if (type === 'DELETED') model.mesh.remove(member.uid);
    else model.put(member);
    proxies?.see(member, type === 'DELETED');
  },
  end.signal,
  (listed) => {
    const uids = new Set(listed.map(({ metadata }) => metadata.uid ?? ''));
    model.mesh.retain(uids);
    proxies?.retain(uids);
    model.listed = true;
  },
);
