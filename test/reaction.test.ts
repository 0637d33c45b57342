// How long does it take from a verdict to the first write of the rollback? Nothing may wait there: the clock stands still.
import { expect, it } from 'vitest';
import { drive } from '../src/upgrade.ts';
import { since, START } from './builders/gate-run.ts';
import { settingsWith } from './builders/gate-settings.ts';
import { aJournal, aPlan } from './builders/plan.ts';
import { FakeLog } from './fakes/log.ts';
import { ManualClock } from './fakes/manual-clock.ts';
import { MOVING, movingMesh } from './fakes/moving-mesh.ts';
import { FakePrometheus } from './fakes/prometheus.ts';
import { fakeSession } from './fakes/session.ts';

const settings = { rolloutTimeoutMs: 3_600_000, maxRestarting: 1, actor: 'octocat' };
/** One of two namespaces fails while the other still restarts. */
const FLOWS = [
  { from: 'web', to: 'fast', perSecond: 20, failing: since(0.5) },
  { from: 'web', to: 'slow', perSecond: 20 },
];

it('the first write of the rollback comes within 2 s of the verdict: nothing waits between them, not even for what still restarts', async () => {
  const clock = new ManualClock(START);
  const cluster = movingMesh(clock);
  const plan = aPlan([MOVING], { gate: settingsWith() });
  const move = { kind: 'tag', tag: plan.tag, from: plan.source, to: plan.target } as const;
  const journal = aJournal({
    plan,
    install: 'done',
    pin: 'done',
    tag: 'done',
    gateways: 'done',
    written: [move],
  });
  const { session, stop } = fakeSession(cluster, journal);
  const log = new FakeLog();
  const world = { ...session.world, clock, log, prometheus: new FakePrometheus({ flows: FLOWS }) };
  const isJudged = (): boolean => log.lines.some((line) => line.includes('FAIL (error-rate)'));
  const first = Promise.withResolvers<string>();
  cluster.onWrite = spying(cluster.onWrite, (written) => isJudged() && first.resolve(written));
  const run = drive({ session: { ...session, world }, command: 'upgrade', settings });
  // From the verdict on the clock stands still: who waits for it, waits for ever.
  while (!isJudged()) await clock.advance(1_000);
  expect(await first.promise).toBe('update MutatingWebhookConfiguration istio-revision-tag-default');
  expect(log.lines.some((line) => line.startsWith('batch 1 1/3 workloads'))).toBe(true);
  stop.abort(new Error('the test has seen enough'));
  await clock.advance(1_000);
  await run;
});

type OnWrite = ReturnType<typeof movingMesh>['onWrite'];
/** Also tells each write. */
const spying =
  (play: OnWrite, tell: (written: string) => unknown): OnWrite =>
  (written) => {
    tell(`${written.verb} ${written.object.kind ?? ''} ${written.object.metadata.name}`);
    play(written);
  };
