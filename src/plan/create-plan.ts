// What is the plan for this mesh and these wishes? Puts scope, batches and gateways together.
import { isChosen, selectorText } from '../config/choose.ts';
import type { Choice, FrozenConfig } from '../config/config.ts';
import { nearest } from '../config/nearest.ts';
import type { Finding } from '../mesh/finding.ts';
import type { Revision } from '../mesh/names.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import type { Result } from '../shared/result.ts';
import { batchesOf, type Candidate } from './batches.ts';
import { gatewaysOf, unknownGateways } from './gateways.ts';
import type { Journal } from './journal.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';
import { planHash } from './plan-hash.ts';
import { scopeOf } from './scope.ts';
import { isOver } from './taken-back.ts';

export interface PlanBasis {
  readonly snapshot: MeshSnapshot;
  readonly frozen: FrozenConfig;
  readonly source: Revision;
  readonly target: Revision;
  /** Its batch comes last within a line: the eyes of the gate move last. */
  readonly prometheusNamespace?: string;
  /** The journal of the last attempt. */
  readonly last?: Journal;
}

/** The same snapshot and config always give the same plan; or every reason why there is none. */
export function createPlan({
  snapshot,
  frozen,
  source,
  target,
  prometheusNamespace,
  last,
}: PlanBasis): Result<UpgradePlan, Finding> {
  const scope = scopeOf(snapshot, frozen, source);
  const batches = batchesOf(frozen.batches, scope.moving, prometheusNamespace);
  const problems = [
    ...unknownNamespaces(snapshot, frozen),
    ...unknownGateways(snapshot, frozen),
    ...(batches.kind === 'problems' ? batches.problems : []),
  ];
  if (problems.length > 0 || batches.kind === 'problems') return { kind: 'problems', problems };
  const gateways = gatewaysOf(snapshot, frozen, source, scope);
  const sourceVersion = snapshot.controlPlanes.find((plane) => plane.revision === source)?.version;
  const decided: Omit<UpgradePlan, 'hash'> = {
    clusterUid: snapshot.clusterUid,
    istioNamespace: snapshot.istioNamespace,
    source,
    target,
    ...(sourceVersion === undefined ? {} : { sourceVersion }),
    tag: frozen.tag,
    strategy: frozen.strategy,
    pinWaiting: frozen.pinWaiting,
    install: frozen.install,
    choice: choiceOf(frozen),
    batches: batches.value,
    gateways: gateways.planned,
    gatewayNamespaces: plannedOf(scope.gatewaysOnly),
    excluded: plannedOf(scope.excluded),
    leftAlone: [...scope.leftAlone, ...gateways.leftOut],
    gate: frozen.gate,
    onFail: frozen.onFail,
    soakMs: frozen.soakMs,
    removeSource: frozen.removeSource,
    ...(last !== undefined && isOver(last) ? { after: last.id } : {}),
  };
  return { kind: 'ok', value: { ...decided, hash: planHash(decided) } };
}

function unknownNamespaces({ namespaces }: MeshSnapshot, frozen: FrozenConfig): Finding[] {
  const names = namespaces.map(({ name }) => name);
  return [...(frozen.namespaces ?? []), ...frozen.excludeNamespaces]
    .filter((selector) => !namespaces.some((namespace) => isChosen(selector, namespace)))
    .map((selector) => {
      const near = selector.kind === 'glob' ? nearest(selector.pattern, names) : undefined;
      return {
        id: 'namespace-unknown',
        severity: 'blocks',
        subject: `namespace ${selectorText(selector)}`,
        message: `no namespace of this cluster matches ${selectorText(selector)}`,
        remedy:
          near === undefined
            ? 'Correct it in `namespaces` or `exclude-namespaces`.'
            : `Did you mean \`${near}\`? Correct it in \`namespaces\` or \`exclude-namespaces\`.`,
      };
    });
}

const plannedOf = (candidates: readonly Candidate[]): readonly PlannedNamespace[] =>
  candidates.map(({ labels: _labels, ...namespace }) => namespace);

const choiceOf = ({ namespaces, excludeNamespaces, batches, gateways }: FrozenConfig): Choice => ({
  ...(namespaces === undefined ? {} : { namespaces }),
  excludeNamespaces,
  batches,
  gateways,
});
