// Does this run ask for something else than what `start` froze? Only inputs the user set himself count.
import {
  batchesText,
  durationText,
  errorRateText,
  gatewaysText,
  installText,
  matchersText,
  selectorsText,
  statusesText,
  wordText,
} from '../config/as-written.ts';
import type { Config } from '../config/config.ts';
import type { FrozenInput } from '../config/inputs.ts';
import type { Finding } from '../mesh/finding.ts';
import { GRPC_ERRORS } from '../slo/signals.ts';
import type { UpgradePlan } from './plan.ts';

interface Pair {
  readonly isSame: boolean;
  /** The user's and the plan's, as people write them; absent where that would be pages. */
  readonly texts?: readonly [string, string];
}
const pair = <T>(asked: T, begun: T, text?: (value: T) => string): Pair => ({
  isSame: JSON.stringify(asked) === JSON.stringify(begun),
  ...(text === undefined ? {} : { texts: [text(asked), text(begun)] }),
});

/** One finding for each frozen input that was set and differs from the journal's plan. */
export function frozenDrift(config: Config, plan: UpgradePlan): readonly Finding[] {
  const { frozen, frozenSet } = config;
  const { gate } = frozen;
  const pairs: Readonly<Record<FrozenInput, Pair>> = {
    'istio-namespace': pair(frozen.istioNamespace, plan.istioNamespace, wordText),
    'target-revision': pair(frozen.targetRevision, plan.target, wordText),
    'source-revision': pair(frozen.sourceRevision, plan.source, wordText),
    tag: pair(frozen.tag, plan.tag, wordText),
    strategy: pair(frozen.strategy, plan.strategy, wordText),
    'pin-waiting': pair(frozen.pinWaiting, plan.pinWaiting, wordText),
    install: pair(frozen.install.kind, plan.install.kind, wordText),
    'install-manifest': pair(frozen.install, plan.install, installText),
    'install-args': pair(frozen.install, plan.install, installText),
    namespaces: pair(frozen.namespaces, plan.choice.namespaces, selectorsText),
    'exclude-namespaces': pair(frozen.excludeNamespaces, plan.choice.excludeNamespaces, selectorsText),
    batches: pair(frozen.batches, plan.choice.batches, batchesText),
    gateways: pair(frozen.gateways, plan.choice.gateways, gatewaysText),
    'prometheus-matchers': pair(gate.matchers, plan.gate.matchers, matchersText),
    'max-error-rate': pair(gate.maxErrorRate, plan.gate.maxErrorRate, errorRateText),
    'grpc-error-statuses': pair(gate.grpcErrors, plan.gate.grpcErrors ?? GRPC_ERRORS, statusesText),
    objectives: pair(gate.objectives, plan.gate.objectives),
    evidence: pair(gate.evidence, plan.gate.evidence, wordText),
    bake: pair(gate.bakeMs, plan.gate.bakeMs, durationText),
    'max-bake': pair(gate.maxBakeMs, plan.gate.maxBakeMs, durationText),
    interval: pair(gate.intervalMs, plan.gate.intervalMs, durationText),
    'min-requests': pair(gate.minRequests, plan.gate.minRequests, wordText),
    'on-no-traffic': pair(gate.onNoTraffic, plan.gate.onNoTraffic, wordText),
    compare: pair(gate.compare, plan.gate.compare, wordText),
    'on-fail': pair(frozen.onFail, plan.onFail, wordText),
    soak: pair(frozen.soakMs, plan.soakMs, durationText),
    'remove-source': pair(frozen.removeSource, plan.removeSource, wordText),
  };
  return frozenSet.flatMap((name) => {
    const { isSame, texts } = pairs[name];
    if (isSame) return [];
    return [
      {
        id: 'frozen-input',
        severity: 'blocks',
        subject: `input ${name}`,
        message:
          texts === undefined
            ? `\`${name}\` are not those with which the upgrade in progress was started`
            : `\`${name}\` is ${texts[0]}; when the upgrade in progress was started it was ${texts[1]}`,
        remedy: `Leave \`${name}\` as it was, or run \`rollback\` and begin again.`,
      } as const,
    ];
  });
}
