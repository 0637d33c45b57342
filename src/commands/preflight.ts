// Can this command be carried out? What these credentials may do and how long they live, the time the job has, and Prometheus:
// asked before anything is written, each answer a finding.
import type { Command, GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { type Baseline, checkBaseline } from '../phases/check-baseline.ts';
import { measurePrometheus } from '../phases/measure-prometheus.ts';
import { measureScrapes, scrapesLine } from '../phases/measure-scrapes.ts';
import { preflightRights } from '../phases/preflight-rights.ts';
import { needsToAct, needsToLook } from '../plan/needs.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { deadlinesOf, timeFindings } from '../plan/time-needed.ts';
import { needsScope, type Run } from './run.ts';

/** Empty when the mesh and the journal can be read. Else there is nothing to decide on, and all that is missing is told at once. */
export async function cannotLook(run: Run, command: Command): Promise<readonly Finding[]> {
  const scope = needsScope(run);
  const missing = await preflightRights(run.world.cluster, needsToLook(command, scope));
  return missing.length === 0 ? [] : [...missing, ...(await cannotAct(run, command))];
}

/** What is missing beyond reading. `plan`: of an upgrade that has begun, whose word counts over this run's inputs. */
export const cannotAct = async (run: Run, command: Command, plan?: UpgradePlan): Promise<readonly Finding[]> =>
  preflightRights(run.world.cluster, needsToAct(command, needsScope(run, plan)));

/** All of it, for commands that go forward. `next`: the batch that is next, 0 for the gateways; absent when every batch has moved. */
export async function preflight(
  run: Run,
  command: Command,
  { pods, workloads }: MeshSnapshot,
  plan?: UpgradePlan,
  next?: number,
  baseline?: Baseline,
): Promise<readonly Finding[]> {
  const { config, world } = run;
  const { rolloutTimeoutMs, maxRestarting } = config.run;
  const pace = { rolloutTimeoutMs, maxRestarting, deadlines: deadlinesOf(workloads) };
  const findings = [
    ...(await cannotAct(run, command, plan)),
    ...(plan === undefined ? [] : timeFindings(command, plan, pace, timeLeft(run), next)),
  ];
  if (world.prometheus === undefined) return findings;
  const gate = plan?.gate ?? config.frozen.gate;
  const seen = await lookAtPrometheus(run, gate, pods);
  const blind = baseline === undefined || seen.some(({ severity }) => severity === 'blocks');
  return [
    ...findings,
    ...seen,
    ...(blind ? [] : await checkBaseline({ prometheus: world.prometheus, log: world.log }, gate, baseline)),
  ];
}

/** Everything that speaks against this Prometheus; what was measured on the way is printed, and kept for the report. */
export async function lookAtPrometheus(
  { world, measured }: Run,
  settings: GateSettings,
  pods: MeshSnapshot['pods'],
): Promise<readonly Finding[]> {
  const { findings, scrapeIntervalMs, lagMs } = await measurePrometheus(world, settings, pods);
  if (scrapeIntervalMs !== undefined && lagMs !== undefined)
    measured({ scrapeIntervalMs, lagMs, skewMs: world.prometheus?.skewMs() ?? 0 });
  return findings;
}

/** The same measures from one look, for a command that only reads: nobody waits for a scrape, and nothing is found wrong. */
export async function glanceAtPrometheus({ world, measured }: Run, { matchers }: GateSettings): Promise<void> {
  const { prometheus, clock, log } = world;
  if (prometheus === undefined) return;
  const scrapes = await measureScrapes({ prometheus, clock }, matchers, 1);
  log.line(scrapesLine(prometheus, scrapes));
  if (scrapes !== undefined) measured({ ...scrapes, skewMs: prometheus.skewMs() });
}

function timeLeft({ config, world, startedAtMs }: Run): Parameters<typeof timeFindings>[3] {
  const { endMs } = world.cluster.freshCredentials();
  const now = world.clock.now();
  const { maxDurationMs } = config.run;
  return {
    ...(maxDurationMs === undefined ? {} : { maxDurationMs: startedAtMs + maxDurationMs - now }),
    ...(endMs === undefined ? {} : { credentialsMs: endMs - now }),
  };
}
