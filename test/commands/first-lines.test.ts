import { describe, expect, it } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import { prepare } from '../../src/commands/prepare.ts';
import type { PrometheusTimes } from '../../src/commands/run.ts';
import { status } from '../../src/commands/status.ts';
import type { Command } from '../../src/config/config.ts';
import { asRevision } from '../../src/mesh/names.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal, aVerdict } from '../builders/plan.ts';
import { frozenConfig } from '../builders/config.ts';
import { FakeLog } from '../fakes/log.ts';
import { FakePrometheus } from '../fakes/prometheus.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const STARTED = aJournal({ install: 'done', pin: 'done', tag: 'done', gateways: 'done' });
const PASSED: Journal = { ...STARTED, batches: [{ number: 1, status: 'passed', verdict: aVerdict() }] };
const JOURNALS: Partial<Record<Command, Journal>> = {
  promote: STARTED,
  complete: PASSED,
  rollback: STARTED,
  status: STARTED,
};
const FLOWS = [{ from: 'web', to: 'payments', perSecond: 5 }];
const SCRAPED = 'Prometheus http://prometheus.fake: scrapes every 30s, samples arrive within ';

async function linesOf(command: Command, silent = false) {
  const log = new FakeLog();
  const told: PrometheusTimes[] = [];
  const made = fakeRun(meshInMemory(), command, JOURNALS[command]);
  const prometheus = new FakePrometheus({ flows: silent ? [] : FLOWS, scrapeIntervalMs: 30_000, skewMs: 2_000 });
  const run = {
    ...made,
    world: { ...made.world, log, prometheus },
    measured: (times: PrometheusTimes) => told.push(times),
  };
  if (command === 'plan') await plan(run);
  else if (command === 'status') await status(run);
  else await prepare(run, command);
  return { lines: log.lines, told };
}

describe('the first lines', () => {
  it.each(['plan', 'upgrade', 'start', 'promote', 'complete', 'rollback', 'status'] as const)(
    'of %s say which plan it is, and from which version to which',
    async (command) => {
      const { lines } = await linesOf(command);
      expect(lines[0]).toMatch(/^plan [0-9a-f]{12}: 1-31 \(1\.31\.\d+\) → 1-32 \(1\.32\.\d+\)$/);
    },
  );

  it.each(['plan', 'upgrade', 'start', 'promote', 'complete', 'status'] as const)(
    'of %s then say how Prometheus scrapes, and so does the report',
    async (command) => {
      const { lines, told } = await linesOf(command);
      expect(lines[1]).toMatch(new RegExp(`^${SCRAPED}\\d+s$`));
      expect(told).toEqual([{ scrapeIntervalMs: 30_000, lagMs: expect.any(Number), skewMs: 2_000 }]);
    },
  );

  it('of a rollback wait for no Prometheus', async () => {
    const { lines, told } = await linesOf('rollback');
    expect(lines.join('\n')).not.toContain('Prometheus');
    expect(told).toEqual([]);
  });

  it('make up nothing about a Prometheus that could not be measured', async () => {
    const { lines, told } = await linesOf('status', true);
    expect(lines[1]).toContain('neither scrape interval nor lag is known');
    expect(told).toEqual([]);
  });

  it('leave out the version of a target that is not there yet', async () => {
    const log = new FakeLog();
    const made = fakeRun(meshInMemory(), 'plan');
    const frozen = frozenConfig({ targetRevision: asRevision('1-40'), install: { kind: 'manifest', path: 'x' } });
    const installer = { ...made.world.installer, render: async () => [] };
    await plan({ ...made, config: { ...made.config, frozen }, world: { ...made.world, log, installer } });
    expect(log.lines[0]).toMatch(/^plan [0-9a-f]{12}: 1-31 \(1\.31\.\d+\) → 1-40$/);
  });
});
