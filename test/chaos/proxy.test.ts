import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { isMutation, nameOf } from './mutations.ts';
import { type Call, type Proxy, startProxy } from './proxy.ts';

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function proxied(listener: RequestListener): Promise<Proxy> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const proxy = await startProxy({ url: `http://127.0.0.1:${String(port)}` });
  open.push(
    () => void server.close(),
    () => proxy.stop(),
  );
  return proxy;
}

it('passes method, path, body, headers and status through', async () => {
  const proxy = await proxied((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => {
      response.writeHead(201, { 'x-seen': `${request.method ?? ''} ${request.url ?? ''}` }).end(text);
    });
  });
  const answer = await fetch(`${proxy.url}/a?b=c`, { method: 'POST', body: 'hello' });
  expect([answer.status, answer.headers.get('x-seen'), await answer.text()]).toEqual([201, 'POST /a?b=c', 'hello']);
});

it('passes a stream through while it flows, and cuts it when told', async () => {
  const proxy = await proxied((_request, response) => {
    response.write('first\n');
  });
  const answer = await fetch(proxy.url);
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first\n');
  proxy.cut();
  await expect(reader?.read()).rejects.toThrow('terminated');
});

it('lets a script answer, let down, or keep silent, before and after the server has done it', async () => {
  let done = 0;
  const proxy = await proxied((_request, response) => {
    done += 1;
    response.end('done');
  });
  proxy.script = async () => ({ status: 503, headers: {}, body: 'no' });
  expect((await fetch(proxy.url)).status).toBe(503);
  proxy.script = async () => 'reset';
  await expect(fetch(proxy.url)).rejects.toThrow('fetch failed');
  expect(done).toBe(0);
  proxy.script = async (_call, forward) => {
    await forward();
    return 'reset';
  };
  await expect(fetch(proxy.url)).rejects.toThrow('fetch failed');
  expect(done).toBe(1);
  proxy.script = async () => 'silence';
  const outcome = await Promise.race([fetch(proxy.url).catch(() => 'failed'), pause(100).then(() => 'silence')]);
  expect(outcome).toBe('silence');
});

const call = (method: string, path: string, body = ''): Call => ({ method, url: new URL(path, 'http://x'), body });
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/istio-canary-upgrade';

it.each([
  ['a read', call('GET', '/api/v1/pods'), false],
  ['a question', call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', '{}'), false],
  ['a query through the service proxy', call('POST', '/api/v1/namespaces/m/services/p:80/proxy/api/v1/query'), false],
  ['a dry run', call('POST', '/api/v1/namespaces/web/pods?dryRun=All', '{}'), false],
  ['a renewal of the lease', call('PATCH', LEASE, '{"spec":{"renewTime":"now"}}'), false],
  ['taking the lease', call('PATCH', LEASE, '{"spec":{"renewTime":"now","holderIdentity":"me"}}'), true],
  ['a label', call('PATCH', '/api/v1/namespaces/web', '{}'), true],
  ['a removal', call('DELETE', '/apis/apps/v1/namespaces/istio-system/deployments/istiod'), true],
])('%s: is it a mutation?', (_what, made, is) => {
  expect(isMutation(made)).toBe(is);
});

it('names a mutation by its verb and object', () => {
  expect(nameOf(call('PATCH', '/api/v1/namespaces/web'))).toBe('patch namespaces/web');
  expect(nameOf(call('DELETE', '/apis/apps/v1/namespaces/istio-system/deployments/istiod'))).toBe(
    'delete istio-system: deployments/istiod',
  );
});
