// Wires everything: the only place where adapters are made. Holds no rule of the upgrade.
import { hostname } from 'node:os';
import { githubEdge, onGitHub } from './adapters/github/edge.ts';
import { Installer } from './adapters/istio/installer.ts';
import { Connection } from './adapters/kubernetes/connection.ts';
import { checkExpectedCluster } from './adapters/kubernetes/expected-cluster.ts';
import { firstContact } from './adapters/kubernetes/first-contact.ts';
import { JournalConfigMap } from './adapters/kubernetes/journal-config-map.ts';
import { KubeCluster } from './adapters/kubernetes/kube-cluster.ts';
import { loadKubeconfig } from './adapters/kubernetes/kubeconfig.ts';
import { LeaseMark } from './adapters/kubernetes/lease-mark.ts';
import { MeshLease } from './adapters/kubernetes/lease.ts';
import { apiServerTransport } from './adapters/kubernetes/service-proxy.ts';
import { connectPrometheus } from './adapters/prometheus/prometheus.ts';
import { systemClock } from './adapters/system/clock.ts';
import { terminalEdge } from './adapters/system/edge.ts';
import { readText } from './adapters/system/files.ts';
import { runnerPod } from './adapters/system/runner-pod.ts';
import { listenForSignals } from './adapters/system/signals.ts';
import { carryOn } from './commands/carry-on.ts';
import { endingOfError } from './commands/ending-of-error.ts';
import { plan } from './commands/plan.ts';
import { refused } from './commands/refusal.ts';
import type { Run } from './commands/run.ts';
import { status } from './commands/status.ts';
import { parseArgv } from './config/argv.ts';
import type { ConfigFile } from './config/config-file.ts';
import type { Config, PrometheusAccess } from './config/config.ts';
import { helpText } from './config/help.ts';
import { INPUT_NAMES } from './config/inputs.ts';
import { parseConfig } from './config/parse.ts';
import { parsePrometheusUrl, prometheusNamespace } from './config/prometheus-url.ts';
import { secretsIn, secretsInFile } from './config/secrets.ts';
import type { Finding } from './mesh/finding.ts';
import type { Ending } from './plan/ending.ts';
import type { Edge } from './ports/edge.ts';
import type { LeasePort } from './ports/lease.ts';
import type { PrometheusPort } from './ports/prometheus.ts';
import type { RunFacts } from './report/basis.ts';
import { openingLines } from './report/console.ts';
import { report } from './report/report.ts';
import { BrokenWorld } from './shared/errors.ts';
import { VERSION } from './version.ts';

type Command = Config['command'];
type Facts = Omit<RunFacts, 'endedAtMs'>;

/** Runs one command and hands everything out; whatever happens, there is an ending. */
export async function main(process: NodeJS.Process): Promise<void> {
  const edge = edgeOf(process);
  if (edge === undefined) return;
  for (const secret of secretsIn(edge.inputs)) edge.mask(secret);
  const interruption = listenForSignals(process, (name) => {
    edge.announce([
      `${name}: stopping at the next safe point. Nothing is lost; the same command goes on, or \`rollback\`.`,
    ]);
  });
  const { url, attempt, job, requestedBy } = edge.context;
  let facts: Facts = {
    command: commandIn(edge),
    version: VERSION,
    startedAtMs: systemClock.now(),
    actor: requestedBy,
    url,
    attempt,
    job,
  };
  let ending: Ending;
  try {
    const config = await readConfig(edge);
    if ('kind' in config) ending = config;
    else {
      const { rolloutTimeoutMs, maxRestarting } = config.run;
      facts = { ...facts, command: config.command, pace: { rolloutTimeoutMs, maxRestarting } };
      ending = await runCommand(edge, config, interruption.signal, process.env, (more) => {
        facts = { ...facts, ...more };
        return facts;
      });
    }
  } catch (error) {
    ending = endingOfError(error, facts.command);
  } finally {
    interruption.dispose();
  }
  await edge.finish(report({ ending, run: { ...facts, endedAtMs: systemClock.now() } }, edge.clean));
}

const now = (): number => systemClock.now();

/** Undefined when help was asked for, and given. */
function edgeOf(process: NodeJS.Process): Edge | undefined {
  if (onGitHub(process.env)) return githubEdge({ names: INPUT_NAMES, now });
  const line = parseArgv(process.argv.slice(2));
  if (line.kind === 'help') {
    process.stdout.write(`${helpText()}\n`);
    return undefined;
  }
  const edge = terminalEdge({
    inputs: line.kind === 'inputs' ? line.inputs : {},
    env: process.env,
    stdout: process.stdout,
    directory: process.cwd(),
    now,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  });
  if (line.kind === 'inputs') return edge;
  for (const { message, remedy } of line.problems) edge.log.error(`${message}. ${remedy}`);
  process.exitCode = 2;
  return undefined;
}

function commandIn(edge: Edge): Command {
  const command = edge.inputs['command'];
  return command === 'plan' ||
    command === 'start' ||
    command === 'promote' ||
    command === 'rollback' ||
    command === 'complete' ||
    command === 'status'
    ? command
    : 'upgrade';
}

/** Inputs and file, or the refusal that lists every problem. */
export async function readConfig(edge: Edge): Promise<Config | Ending> {
  const path = edge.inputs['config-file'];
  let file: ConfigFile | undefined;
  if (path !== undefined && path !== '') {
    const read = await readText(path);
    if (read.kind === 'unreadable')
      return refused([
        problem(
          'config-file',
          'input config-file',
          read.message,
          'Check the path; the repository must be checked out in a step before.',
        ),
      ]);
    file = { path, text: read.text };
    for (const secret of secretsInFile(file)) edge.mask(secret);
  }
  const parsed = parseConfig(edge.inputs, file, edge.defaults);
  return parsed.kind === 'ok' ? parsed.value : refused(parsed.problems);
}

async function runCommand(
  edge: Edge,
  config: Config,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
  note: (more: Pick<Facts, 'cluster' | 'prometheus'>) => Facts,
): Promise<Ending> {
  const loaded = kubeconfigOf(edge, config, env);
  if (loaded.kind === 'problems') return refused(loaded.problems);
  const connection = new Connection(loaded.value.config);
  const cluster = new KubeCluster(loaded.value.config, connection);
  const access = config.run.prometheus;
  for (const { message } of config.ignored ?? []) edge.log.warning(`${message} A rollback goes on without it.`);
  const prometheus = access === undefined ? undefined : await prometheusOf(edge, config.command, access, connection);
  const contact = await firstContact(cluster);
  if (contact.kind === 'problems') return refused(contact.problems);
  const identity = contact.value;
  const address = prometheus === undefined ? {} : { prometheus: { address: prometheus.address } };
  edge.announce(openingLines(note({ cluster: identity, ...address })));
  const { expectCluster } = config.run;
  const other =
    expectCluster === undefined ? undefined : await checkExpectedCluster(expectCluster, identity.server, cluster);
  if (other !== undefined) return refused([other]);
  const { istioNamespace } = config.frozen;
  const store = new JournalConfigMap(cluster, istioNamespace, edge.clean);
  const pod = await runnerPod(hostname());
  const lease = new MeshLease(cluster, systemClock, {
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
  const run: Run = {
    config,
    world: {
      cluster: new KubeCluster(loaded.value.config, connection, () => {
        lease.assertHeld();
      }),
      clock: systemClock,
      log: edge.log,
      installer: installerOf(config, env, signal, lease),
      signal,
      ...(prometheus === undefined ? {} : { prometheus }),
    },
    store,
    lease,
    mark: new LeaseMark(cluster, istioNamespace),
    measured: (times) => {
      if (prometheus !== undefined) note({ prometheus: { address: prometheus.address, ...times } });
    },
    context: edge.context,
    ...(pod === undefined ? {} : { runnerPod: pod }),
    ...(access === undefined ? {} : whereIs(access)),
  };
  if (config.command === 'plan') return plan(run);
  if (config.command === 'status') return status(run);
  return carryOn(run, config.command);
}

function whereIs({ url }: PrometheusAccess): Pick<Run, 'prometheusService' | 'prometheusNamespace'> {
  const parsed = parsePrometheusUrl(url);
  if (parsed.kind !== 'ok') return {};
  const { value: address } = parsed;
  const namespace = prometheusNamespace(address);
  return {
    ...(namespace === undefined ? {} : { prometheusNamespace: namespace }),
    ...(address.kind === 'kubernetes'
      ? { prometheusService: { namespace: address.namespace, service: `${address.service}:${address.port}` } }
      : {}),
  };
}

/** istioctl and helm know nothing of the lease: they are ended with it, as by a signal. */
export const installerOf = (
  config: Config,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  lease: Pick<LeasePort, 'signal'>,
): Installer =>
  new Installer({
    ...kubeconfigPath(config, env),
    ...(config.run.context === undefined ? {} : { context: config.run.context }),
    env,
    signal: AbortSignal.any([signal, lease.signal]),
  });

/** A rollback does without Prometheus where it has to: then its recovery is not measured. */
async function prometheusOf(
  edge: Edge,
  command: Command,
  access: PrometheusAccess,
  connection: Connection,
): Promise<PrometheusPort | undefined> {
  try {
    return await connectPrometheus({ access, clock: systemClock, apiServer: apiServerTransport(connection) });
  } catch (error) {
    if (command !== 'rollback' || !(error instanceof BrokenWorld)) throw error;
    edge.log.warning(`${error.message}: the rollback goes on without Prometheus`);
    return undefined;
  }
}

/** The cluster that the inputs name; its credentials are masked from here on. */
export const kubeconfigOf = (edge: Edge, config: Config, env: NodeJS.ProcessEnv): ReturnType<typeof loadKubeconfig> =>
  loadKubeconfig({
    ...(config.run.kubeconfig === undefined ? {} : { path: config.run.kubeconfig }),
    ...(config.run.context === undefined ? {} : { context: config.run.context }),
    ...(env['KUBECONFIG'] === undefined ? {} : { environment: env['KUBECONFIG'] }),
    ...(env['HOME'] === undefined ? {} : { home: env['HOME'] }),
    variables: env,
    mask: (secret) => {
      edge.mask(secret);
    },
  });

const kubeconfigPath = (config: Config, env: NodeJS.ProcessEnv): { readonly kubeconfig?: string } => {
  const path = config.run.kubeconfig ?? env['KUBECONFIG'];
  return path === undefined ? {} : { kubeconfig: path };
};

const problem = (id: string, subject: string, message: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject,
  message,
  remedy,
});
