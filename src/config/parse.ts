// Strings in, one typed Config out, or every problem at once. It knows no file, no environment and no clock.
import type { Finding } from '../mesh/finding.ts';
import type { Result } from '../shared/result.ts';
import { parseAcceptHold } from './accept-hold.ts';
import { parseBatchRules } from './batch-rule.ts';
import { readConfigFile, type ConfigFile, type FileValues } from './config-file.ts';
import { COMMANDS, type Command, type Config, type FrozenConfig, type GateSettings, type RunConfig } from './config.ts';
import { conflictsIn } from './conflicts.ts';
import { parseCertificate, parseKubeconfigPath, parseToken } from './credentials.ts';
import { parseDuration, parsePositiveDuration, parseRehearsal } from './duration.ts';
import { parseErrorRate } from './error-rate.ts';
import { parseGateways } from './gateways.ts';
import { parseGrpcStatuses } from './grpc-status.ts';
import { parseHeaders, parseParams } from './header.ts';
import { inputProblem, subjectOf } from './input-problem.ts';
import { INPUT_NAMES, INPUTS } from './inputs.ts';
import { readInstall } from './install.ts';
import { parseMatchers } from './matcher.ts';
import { parseNamespace, parseRevision, parseTag } from './mesh-names.ts';
import { nearest } from './nearest.ts';
import { parseObjectives } from './objectives.ts';
import { ok, shown } from './parsed.ts';
import { addressText, parsePrometheusUrl } from './prometheus-url.ts';
import { reading, type Reading } from './reading.ts';
import { parseSelectors } from './selector.ts';
import {
  parseBatch,
  parseChoice,
  parseCount,
  parseIds,
  parseLine,
  parsePlanHash,
  parseWord,
  parseYesNo,
} from './simple.ts';

/**
 * The Config that the inputs and the config file ask for, or a blocking finding for every problem in them. Inputs win
 * over the file, both over `defaults` (what the surroundings suggest, such as a runner's job limit), and these over
 * the table's. An empty string is not set. `found`: problems that were seen on the way here. No finding repeats a secret.
 */
export function parseConfig(
  inputs: Readonly<Record<string, string>>,
  file?: ConfigFile,
  defaults: Readonly<Record<string, string>> = {},
  found: readonly Finding[] = [],
): Result<Config, Finding> {
  const fromFile = valuesOf(file);
  const read = reading({ inputs, file: fromFile, defaults });
  read.blame(...found, ...unknownIn(inputs), ...fromFile.problems);

  const command = read.value('command', parseChoice(COMMANDS));
  const frozen = readFrozen(read);
  const config: Config = {
    command,
    frozen,
    run: readRun(read),
    frozenSet: INPUTS.flatMap((input) => (input.frozen && read.isSet(input.name) ? [input.name] : [])),
  };
  if (read.isSound('command')) read.blame(...missingFor(command, read));
  read.blame(...conflictsIn(config, (name) => read.isSound(name)));
  const { blocking, ignored } = weigh(read.problems, read.isSound('command') && command === 'rollback');
  if (blocking.length > 0) return { kind: 'problems', problems: blocking };
  return { kind: 'ok', value: ignored.length === 0 ? config : { ...config, ignored } };
}

/** The command that was asked for, whatever is wrong with the rest; the default's where that is none. */
export const commandAsked = (inputs: Readonly<Record<string, string>>, file?: ConfigFile): Command =>
  reading({ inputs, file: valuesOf(file), defaults: {} }).value('command', parseChoice(COMMANDS));

const valuesOf = (file: ConfigFile | undefined): FileValues =>
  file === undefined ? { strings: {}, problems: [] } : readConfigFile(file);

/** Which cluster, and which mesh in it: without these a rollback might go elsewhere. All others it can do without. */
const WHERE = ['config-file', 'kubeconfig', 'context', 'expect-cluster', 'istio-namespace'];

/** A name that is none may have been meant for one of them. */
const isBlocking = ({ id, subject, remedy }: Finding): boolean =>
  id === 'bad-config-file' ||
  id === 'bad-usage' ||
  WHERE.some((name) => subject === subjectOf(name) || (id === 'unknown-input' && remedy.includes(`\`${name}\``)));

/** A rollback is not refused for what has nothing to do with it; the defaults stand in. */
function weigh(
  problems: readonly Finding[],
  isRollback: boolean,
): { readonly blocking: readonly Finding[]; readonly ignored: readonly Finding[] } {
  if (!isRollback) return { blocking: problems, ignored: [] };
  return {
    blocking: problems.filter(isBlocking),
    ignored: problems.filter((problem) => !isBlocking(problem)),
  };
}

function readFrozen(read: Reading): FrozenConfig {
  const targetRevision = read.optional('target-revision', parseRevision);
  const sourceRevision = read.optional('source-revision', parseRevision);
  const namespaces = read.optional('namespaces', parseSelectors);
  return {
    istioNamespace: read.value('istio-namespace', parseNamespace),
    ...(targetRevision === undefined ? {} : { targetRevision }),
    ...(sourceRevision === undefined ? {} : { sourceRevision }),
    tag: read.value('tag', parseTag),
    strategy: read.value('strategy', parseChoice(['tag', 'relabel'])),
    pinWaiting: read.value('pin-waiting', parseYesNo),
    install: readInstall(read),
    ...(namespaces === undefined ? {} : { namespaces }),
    excludeNamespaces: read.optional('exclude-namespaces', parseSelectors) ?? [],
    batches: read.value('batches', parseBatchRules),
    gateways: read.value('gateways', parseGateways),
    gate: readGate(read),
    onFail: read.value('on-fail', parseChoice(['rollback', 'rollback-batch', 'hold'])),
    soakMs: read.value('soak', parseDuration),
    removeSource: read.value('remove-source', parseChoice(['auto', 'keep', 'verify'])),
  };
}

function readGate(read: Reading): GateSettings {
  const intervalMs = read.value('interval', (text) => (text === 'auto' ? ok(undefined) : parsePositiveDuration(text)));
  return {
    matchers: read.optional('prometheus-matchers', parseMatchers) ?? [],
    maxErrorRate: read.value('max-error-rate', parseErrorRate),
    grpcErrors: read.value('grpc-error-statuses', parseGrpcStatuses),
    objectives: read.objectives(parseObjectives),
    evidence: read.value('evidence', parseChoice(['not-disproved', 'proved'])),
    bakeMs: read.value('bake', parseDuration),
    maxBakeMs: read.value('max-bake', parsePositiveDuration),
    ...(intervalMs === undefined ? {} : { intervalMs }),
    minRequests: read.value('min-requests', parseCount),
    onNoTraffic: read.value('on-no-traffic', parseChoice(['hold', 'pass'])),
    compare: read.value('compare', parseChoice(['on', 'warn', 'off'])),
  };
}

function readRun(read: Reading): RunConfig {
  const kubeconfig = read.optional('kubeconfig', parseKubeconfigPath);
  const context = read.optional('context', parseLine);
  const expectCluster = read.optional('expect-cluster', parseWord);
  const maxDurationMs = read.optional('max-duration', parsePositiveDuration);
  const planHash = read.optional('plan-hash', parsePlanHash);
  const acceptHold = read.optional('accept-hold', parseAcceptHold);
  const prometheus = readPrometheus(read);
  return {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(expectCluster === undefined ? {} : { expectCluster }),
    batch: read.value('batch', parseBatch),
    rolloutTimeoutMs: read.value('rollout-timeout', parsePositiveDuration),
    maxRestarting: read.value('max-restarting', parseCount),
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(maxDurationMs === undefined ? {} : { maxDurationMs }),
    lockWaitMs: read.value('lock-wait', parseDuration),
    rehearseMs: read.value('rehearse', parseRehearsal),
    ...(planHash === undefined ? {} : { planHash }),
    accept: read.optional('accept', parseIds) ?? [],
    ...(acceptHold === undefined ? {} : { acceptHold }),
  };
}

function readPrometheus(read: Reading): RunConfig['prometheus'] {
  const address = read.optional('prometheus-url', parsePrometheusUrl);
  const token = read.optional('prometheus-token', parseToken);
  const headers = read.optional('prometheus-headers', parseHeaders) ?? {};
  const ca = read.optional('prometheus-ca', parseCertificate);
  const params = read.optional('prometheus-params', parseParams) ?? {};
  if (address === undefined) return undefined;
  return {
    url: addressText(address),
    ...(token === undefined ? {} : { token }),
    headers,
    ...(ca === undefined ? {} : { ca }),
    params,
  };
}

const unknownIn = (inputs: Readonly<Record<string, string>>): readonly Finding[] =>
  Object.keys(inputs)
    .filter((name) => !INPUT_NAMES.includes(name))
    .map((name) => {
      const near = nearest(name, INPUT_NAMES);
      const remedy = near === undefined ? 'Remove it; README.md lists the inputs.' : `Did you mean \`${near}\`?`;
      return inputProblem('unknown-input', name, `There is no input ${shown(name)}`, remedy);
    });

const missingFor = (command: Command, read: Reading): readonly Finding[] =>
  INPUTS.filter(
    ({ name, requiredBy }) => requiredBy.some((each) => each === command) && !read.isSet(name) && read.isSound(name),
  ).map((input) =>
    inputProblem(
      'missing-input',
      input.name,
      `\`command: ${command}\` needs \`${input.name}\``,
      `Set it, such as \`${input.name}: ${input.example}\`.`,
    ),
  );
