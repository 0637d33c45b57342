import { expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import type { PrometheusPort } from '../../src/ports/prometheus.ts';
import { Interrupted } from '../../src/shared/errors.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

it('a run that is cancelled while it still checks does not wait for the answer, and takes no lease', async () => {
  const made = fakeRun(meshInMemory(), 'upgrade');
  const stop = new AbortController();
  const prometheus: PrometheusPort = {
    address: 'http://prometheus.hangs',
    skewMs: () => 0,
    query: async () => {
      stop.abort(new Interrupted('SIGINT asked this run to stop'));
      return new Promise(() => undefined);
    },
  };
  const asked: string[] = [];
  const lease = {
    ...made.lease,
    acquire: async () => {
      asked.push('lease');
      return made.lease.acquire({ waitMs: 0, preempt: false });
    },
  };
  const run = { ...made, lease, world: { ...made.world, prometheus, signal: stop.signal } };
  await expect(carryOn(run, 'upgrade')).rejects.toThrow('SIGINT asked this run to stop');
  expect(asked).toEqual([]);
});
