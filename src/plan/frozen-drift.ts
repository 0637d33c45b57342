// Does this run ask for something else than what `start` froze? Only inputs the user set himself count.
import type { Config } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { GRPC_ERRORS } from '../slo/signals.ts';
import type { UpgradePlan } from './plan.ts';

/** One finding for each frozen input that was set and differs from the journal's plan. */
export function frozenDrift(config: Config, plan: UpgradePlan): readonly Finding[] {
  const { frozen, frozenSet } = config;
  const pairs: Readonly<Record<string, readonly [unknown, unknown]>> = {
    'istio-namespace': [frozen.istioNamespace, plan.istioNamespace],
    'target-revision': [frozen.targetRevision, plan.target],
    'source-revision': [frozen.sourceRevision, plan.source],
    tag: [frozen.tag, plan.tag],
    strategy: [frozen.strategy, plan.strategy],
    'pin-waiting': [frozen.pinWaiting, plan.pinWaiting],
    install: [frozen.install.kind, plan.install.kind],
    'install-manifest': [frozen.install, plan.install],
    'install-args': [frozen.install, plan.install],
    namespaces: [frozen.namespaces, plan.choice.namespaces],
    'exclude-namespaces': [frozen.excludeNamespaces, plan.choice.excludeNamespaces],
    batches: [frozen.batches, plan.choice.batches],
    gateways: [frozen.gateways, plan.choice.gateways],
    'prometheus-matchers': [frozen.gate.matchers, plan.gate.matchers],
    'max-error-rate': [frozen.gate.maxErrorRate, plan.gate.maxErrorRate],
    'grpc-error-statuses': [frozen.gate.grpcErrors, plan.gate.grpcErrors ?? GRPC_ERRORS],
    objectives: [frozen.gate.objectives, plan.gate.objectives],
    evidence: [frozen.gate.evidence, plan.gate.evidence],
    bake: [frozen.gate.bakeMs, plan.gate.bakeMs],
    'max-bake': [frozen.gate.maxBakeMs, plan.gate.maxBakeMs],
    interval: [frozen.gate.intervalMs, plan.gate.intervalMs],
    'min-requests': [frozen.gate.minRequests, plan.gate.minRequests],
    'on-no-traffic': [frozen.gate.onNoTraffic, plan.gate.onNoTraffic],
    compare: [frozen.gate.compare, plan.gate.compare],
    'on-fail': [frozen.onFail, plan.onFail],
    soak: [frozen.soakMs, plan.soakMs],
    'remove-source': [frozen.removeSource, plan.removeSource],
  };
  return frozenSet.flatMap((name) => {
    const pair = pairs[name];
    if (pair === undefined || JSON.stringify(pair[0]) === JSON.stringify(pair[1])) return [];
    return [
      {
        id: 'frozen-input',
        severity: 'blocks',
        subject: `input ${name}`,
        message: `\`${name}\` is ${JSON.stringify(pair[0])}, and the upgrade in progress was started with ${JSON.stringify(pair[1])}`,
        remedy: `Leave \`${name}\` as it was, or run \`rollback\` and begin again.`,
      } as const,
    ];
  });
}
