// Wires everything: with connect.ts makes the adapters, runs one command over them. Holds no rule of the upgrade.
import { hostname } from 'node:os';
import { githubEdge, onGitHub } from './adapters/github/edge.ts';
import { Connection } from './adapters/kubernetes/connection.ts';
import { checkExpectedCluster } from './adapters/kubernetes/expected-cluster.ts';
import { firstContact } from './adapters/kubernetes/first-contact.ts';
import { JournalConfigMap } from './adapters/kubernetes/journal-config-map.ts';
import { KubeCluster } from './adapters/kubernetes/kube-cluster.ts';
import { LeaseMark } from './adapters/kubernetes/lease-mark.ts';
import { MeshLease } from './adapters/kubernetes/lease.ts';
import { systemClock } from './adapters/system/clock.ts';
import { outliveReaders } from './adapters/system/closed-pipe.ts';
import { terminalEdge } from './adapters/system/edge.ts';
import { runnerPod } from './adapters/system/runner-pod.ts';
import { listenForSignals } from './adapters/system/signals.ts';
import { carryOn } from './commands/carry-on.ts';
import { endingOfError } from './commands/ending-of-error.ts';
import { plan } from './commands/plan.ts';
import { refused } from './commands/refusal.ts';
import type { Run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { parseArgv } from './config/argv.ts';
import type { Config } from './config/config.ts';
import { helpText } from './config/help.ts';
import { INPUT_NAMES } from './config/inputs.ts';
import { commandAsked } from './config/parse.ts';
import { secretsIn } from './config/secrets.ts';
import type { Ending } from './plan/ending.ts';
import { type Finding, withRemedy } from './mesh/finding.ts';
import { installerOf, kubeconfigOf, prometheusOf, whereIs } from './connect.ts';
import { stoppable } from './phases/unless-stopped.ts';
import type { Edge } from './ports/edge.ts';
import type { RunFacts } from './report/basis.ts';
import { openingLines } from './report/console.ts';
import { readConfig } from './read-config.ts';
import { report } from './report/report.ts';
import { VERSION } from './version.ts';

type Facts = Omit<RunFacts, 'endedAtMs'>;

/** Runs one command and hands everything out; whatever happens, there is an ending. */
export async function main(process: NodeJS.Process): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) outliveReaders(stream);
  const started = edgeOf(process);
  if (started === undefined) return;
  const { edge, ofUsage } = started;
  for (const secret of secretsIn(edge.inputs)) edge.mask(secret);
  const interruption = listenForSignals(process, (name) => {
    edge.announce([`${name}: stopping at the next safe point. Nothing is lost; the same command goes on.`]);
  });
  const { url, attempt, job, requestedBy } = edge.context;
  let facts: Facts = {
    command: commandAsked(edge.inputs),
    version: VERSION,
    startedAtMs: systemClock.now(),
    actor: requestedBy,
    url,
    attempt,
    job,
  };
  let ending: Ending;
  try {
    const config = await readConfig(edge, ofUsage);
    facts = { ...facts, command: config.command };
    if ('refused' in config) ending = config.refused;
    else {
      const { rolloutTimeoutMs, maxRestarting } = config.run;
      facts = { ...facts, pace: { rolloutTimeoutMs, maxRestarting } };
      ending = await runCommand(edge, config, interruption.signal, process.env, (more) => {
        facts = { ...facts, ...more };
        return facts;
      });
    }
  } catch (error) {
    ending = endingOfError(error, facts.command);
  }
  try {
    await edge.finish(report({ ending, run: { ...facts, endedAtMs: systemClock.now() } }, edge.clean));
  } finally {
    interruption.dispose(); // not before: a runner that cancels sends its SIGTERM while outputs and summary are written
  }
  // A question that was not waited for, or its repetition, would keep the process alive until the runner kills it.
  if (interruption.signal.aborted) process.stdout.write('', () => process.exit());
}

const now = (): number => systemClock.now();

interface Started {
  readonly edge: Edge;
  /** What is wrong with the command line, and is no input's. */
  readonly ofUsage: readonly Finding[];
}

/** Undefined when help was asked for, and given. */
function edgeOf(process: NodeJS.Process): Started | undefined {
  const args = process.argv.slice(2);
  if (onGitHub(process.env)) {
    const edge = githubEdge({ names: INPUT_NAMES, now });
    if (args.length > 0) edge.log.warning(IGNORED_ARGUMENTS);
    return { edge, ofUsage: [] };
  }
  const line = parseArgv(args);
  if (line.kind === 'help') {
    process.stdout.write(`${helpText()}\n`);
    return undefined;
  }
  const edge = terminalEdge({
    inputs: line.inputs,
    env: process.env,
    stdout: process.stdout,
    directory: process.cwd(),
    now,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  });
  return { edge, ofUsage: line.problems };
}

const IGNORED_ARGUMENTS =
  'Inside a GitHub job inputs come from `with:`; the arguments on this command line are ignored. To have them read there, unset GITHUB_ACTIONS: `env -u GITHUB_ACTIONS node dist/index.js …`.';

async function runCommand(
  edge: Edge,
  config: Config,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
  note: (more: Pick<Facts, 'cluster' | 'prometheus'>) => Facts,
): Promise<Ending> {
  const run = await stoppable(signal, connect(edge, config, signal, env, note));
  if ('kind' in run) return run;
  if (config.command === 'plan') return stoppable(signal, plan(run));
  if (config.command === 'status') return stoppable(signal, status(run));
  return carryOn(run, config.command);
}

/** The world that the inputs lead to; or the ending, where they lead nowhere. */
async function connect(
  edge: Edge,
  config: Config,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
  note: (more: Pick<Facts, 'cluster' | 'prometheus'>) => Facts,
): Promise<Run | Ending> {
  const loaded = kubeconfigOf(edge, config, env);
  if (loaded.kind === 'problems') return refused(loaded.problems);
  const connection = new Connection(loaded.value.config);
  const cluster = new KubeCluster(loaded.value.config, connection);
  const access = config.run.prometheus;
  for (const problem of config.ignored ?? []) edge.log.warning(`${withRemedy(problem)} A rollback goes on without it.`);
  const prometheus = access === undefined ? undefined : await prometheusOf(edge, config.command, access, connection);
  const contact = await firstContact(cluster);
  if (contact.kind === 'problems') return refused(contact.problems);
  const identity = contact.value;
  const address = prometheus === undefined ? {} : { prometheus: { address: prometheus.address } };
  const facts = note({ cluster: identity, ...address });
  edge.announce(openingLines(facts));
  const { expectCluster } = config.run;
  const other =
    expectCluster === undefined ? undefined : await checkExpectedCluster(expectCluster, identity.server, cluster);
  if (other !== undefined) return refused([other]);
  const { istioNamespace } = config.frozen;
  // With a queue of their own: the lease must be renewed however long the mesh's calls are repeated.
  const apart = new KubeCluster(loaded.value.config, new Connection(loaded.value.config));
  const store = new JournalConfigMap(apart, istioNamespace, edge.clean);
  const pod = await runnerPod(hostname());
  const lease = new MeshLease(apart, systemClock, {
    namespace: istioNamespace,
    holder: edge.context.holder,
    runPrefix: edge.context.runPrefix,
    stop: signal,
    say: (line) => {
      edge.log.line(line);
    },
    fenceFloor: async () => {
      const stored = await store.load();
      return stored.kind === 'found' ? stored.journal.fence : 0;
    },
  });
  return {
    config,
    startedAtMs: facts.startedAtMs,
    world: {
      cluster: new KubeCluster(loaded.value.config, connection, () => {
        lease.assertHeld();
      }),
      clock: systemClock,
      log: edge.log,
      installer: installerOf({ config, files: loaded.value.files, env, signal, lease, cluster }),
      signal,
      ...(prometheus === undefined ? {} : { prometheus }),
    },
    store,
    lease,
    mark: new LeaseMark(apart, istioNamespace),
    measured: (times) => {
      if (prometheus !== undefined) note({ prometheus: { address: prometheus.address, ...times } });
    },
    context: edge.context,
    ...(pod === undefined ? {} : { runnerPod: pod }),
    ...(access === undefined ? {} : whereIs(access)),
  };
}
