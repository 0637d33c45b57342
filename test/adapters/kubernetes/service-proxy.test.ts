import { describe, expect, it } from 'vitest';
import { apiServerTransport } from '../../../src/adapters/kubernetes/service-proxy.ts';
import { hang, html, json, refusal, type Reply, reset, scripted } from './scripted-server.ts';

const PATH = '/api/v1/namespaces/monitoring/services/prometheus:80/proxy/api/v1/query';
const never = { signal: new AbortController().signal, mostBytes: 1024 * 1024 };

describe('Prometheus through the API server', () => {
  it('gets the form, with the credentials of the kubeconfig', async () => {
    const date = 'Tue, 24 Nov 2026 12:00:00 GMT';
    await using server = await scripted([json({ status: 'success' }, 200, { date })]);
    const reply = await apiServerTransport(server.connection)(PATH, 'query=up%7Bjob%3D%22x%22%7D&time=1.000', never);
    expect(reply).toEqual({ status: 200, contentType: 'application/json', body: '{"status":"success"}', date });
    expect(server.seen).toEqual([
      expect.objectContaining({
        method: 'POST',
        path: PATH,
        body: 'query=up%7Bjob%3D%22x%22%7D&time=1.000',
        headers: expect.objectContaining({
          'content-type': 'application/x-www-form-urlencoded',
          authorization: 'Bearer s3cret',
        }),
      }),
    ]);
  });
  it.each([
    [400, json({ status: 'error' }, 400)],
    [403, refusal(403, 'Forbidden')],
    [429, refusal(429, 'TooManyRequests', { 'retry-after': '9' })],
    [503, html(503)],
  ])('answers as it was answered, once: %i', async (status, reply) => {
    await using server = await scripted([reply]);
    const answer = await apiServerTransport(server.connection)(PATH, 'query=up', never);
    expect(answer.status).toBe(status);
    expect(server.seen).toHaveLength(1);
    expect(server.clock.now()).toBe(0);
  });
  it('rejects only when there was no answer', async () => {
    await using server = await scripted([reset]);
    const asked = apiServerTransport(server.connection)(PATH, 'query=up', never);
    await expect(asked).rejects.toThrow(/^query Prometheus through the API server: no answer \(/u);
  });
  it('stops when it is told to', async () => {
    await using server = await scripted([hang]);
    const asked = apiServerTransport(server.connection)(PATH, 'query=up', {
      ...never,
      signal: AbortSignal.timeout(60),
    });
    await expect(asked).rejects.toThrow(/timeout/u);
  });
  it('drops an answer that grows without end', async () => {
    let written = 0;
    const endless: Reply = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) written += 65_536;
        response.once('drain', more);
      };
      more();
    };
    await using server = await scripted([endless]);
    const asked = apiServerTransport(server.connection)(PATH, 'query=up', never);
    await expect(asked).rejects.toThrow('the answer is larger than 1 MiB');
    expect(written).toBeLessThan(50 * 1024 * 1024);
  });
  it('never gives the token to another host', async () => {
    await using other = await scripted([json({ status: 'success' })]);
    await using server = await scripted([json({}, 307, { location: `${other.url}/elsewhere` })]);
    await apiServerTransport(server.connection)(PATH, 'query=up', never);
    for (const { headers } of other.seen) expect(JSON.stringify(headers)).not.toContain('s3cret');
  });
});
