// Would an istiod lose sight of a namespace of the mesh? By the labels that this upgrade writes, where `discoverySelectors` choose by them,
// or because the target's choose otherwise than the source's.
import { type Discoverer, discovers, selectorKeys } from '../mesh/discovery.ts';
import type { Finding } from '../mesh/finding.ts';
import { INJECTION, REV } from '../mesh/names.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { names } from '../slo/sentence.ts';
import { injectionLabels, labelsCarried } from './labels.ts';
import type { InjectionLabels, PlannedNamespace, UpgradePlan } from './plan.ts';

/** Absent: a target that is neither there nor rendered. */
export interface Discovery {
  readonly source: Discoverer;
  readonly target?: Discoverer;
}
type Mesh = Pick<MeshSnapshot, 'istioNamespace' | 'namespaces' | 'pods'>;

/** None where neither istiod's selectors know of any label that is written, and the target discovers what the source does. */
export function discoveryFindings(plan: UpgradePlan, mesh: Mesh, discovery: Discovery): readonly Finding[] {
  const { source, target } = discovery;
  const views: readonly View[] = [
    { istiod: source, of: 'onSource' },
    ...(target === undefined ? [] : [{ istiod: target, of: 'onTarget' } as const]),
  ];
  return [
    ...views.flatMap(({ istiod }) => unreadable(istiod, plan)),
    ...views.flatMap((view) => followsLabels(view, plan, mesh, views)),
    ...(target === undefined ? [] : targetDiffers(plan, mesh, source, target)),
  ];
}

/** An istiod, and which of the labels that a namespace carries its proxies live to see. */
interface View {
  readonly istiod: Discoverer;
  readonly of: 'onSource' | 'onTarget';
}

const subjectOf = ({ configMap }: Discoverer, { istioNamespace }: UpgradePlan): string =>
  `ConfigMap ${istioNamespace}/${configMap}`;

function unreadable(istiod: Discoverer, plan: UpgradePlan): readonly Finding[] {
  if (istiod.selectors.kind !== 'unreadable') return [];
  return [
    {
      id: 'discovery-unknown',
      severity: 'notice',
      subject: subjectOf(istiod, plan),
      message: `which namespaces istiod ${istiod.revision} discovers cannot be told (${istiod.selectors.problem}), so it is not checked whether the labels that this upgrade writes decide it.`,
      remedy: `See to it yourself that its \`discoverySelectors\`, where it has any, choose by neither ${INJECTION} nor ${REV}.`,
    },
  ];
}

/** Not to be accepted: with the first write the Services of these namespaces would vanish from every proxy of the mesh, before any gate. */
function followsLabels(view: View, plan: UpgradePlan, mesh: Mesh, views: readonly View[]): readonly Finding[] {
  const hidden = hiddenBy(view, plan, mesh);
  if (hidden.length === 0) return [];
  const { istiod } = view;
  const said = [...Map.groupBy(hidden, ({ labels }) => saidLabels(labels))].map(
    ([labels, alike]) =>
      `with ${labels} istiod ${istiod.revision} does not discover ${names(alike.map(({ name }) => name))}`,
  );
  const keys = [INJECTION, REV].filter((key) => selectorKeys(istiod).has(key)).join(' and ');
  return [
    {
      id: 'discovery-follows-labels',
      severity: 'blocks',
      subject: subjectOf(istiod, plan),
      message: `its \`discoverySelectors\` choose by ${keys}, which this upgrade writes: ${said.join('; ')}. For its proxies their Services and endpoints do not exist as long as they carry that.`,
      remedy: `First give every namespace of the mesh a label of its own, such as \`mesh: discovered\`; then let \`meshConfig.discoverySelectors\` of both control planes choose by that, and by ${keys} no more.${otherWay(plan, mesh, views)}`,
    },
  ];
}

interface Hidden {
  readonly name: string;
  readonly labels: InjectionLabels;
}

/** What it discovers with some of the labels of this upgrade, and not with these. */
function hiddenBy({ istiod, of }: View, plan: UpgradePlan, mesh: Mesh): readonly Hidden[] {
  if (istiod.selectors.kind !== 'selected') return [];
  const labelsOf = new Map(mesh.namespaces.map(({ name, labels }) => [name, labels]));
  return plannedIn(plan).flatMap((namespace): readonly Hidden[] => {
    const carried = labelsCarried(plan, namespace);
    const isSeen = (pair: InjectionLabels): boolean =>
      discovers(istiod, withInjection(labelsOf.get(namespace.name) ?? {}, pair)) !== false;
    const labels = carried[of].find((pair) => !isSeen(pair));
    return labels === undefined || !carried.onSource.some(isSeen) ? [] : [{ name: namespace.name, labels }];
  });
}

/** Computed, not guessed: the same plan with one choice taken otherwise, where that is enough for both istiods. */
function otherWay(plan: UpgradePlan, mesh: Mesh, views: readonly View[]): string {
  const early = ', though a pod of a waiting or excluded namespace that is recreated early then gets the target';
  const unpinned: UpgradePlan = { ...plan, strategy: 'tag', pinWaiting: false };
  const tag = plan.strategy === 'tag' ? '' : '`strategy: tag` with ';
  const ways: readonly (readonly [string, UpgradePlan])[] = [
    ['`strategy: relabel`', { ...plan, strategy: 'relabel' }],
    [`${tag}\`pin-waiting: false\`${early}`, unpinned],
    [`${tag}\`pin-waiting: false\` and \`on-fail: rollback\`${early}`, { ...unpinned, onFail: 'rollback' }],
  ];
  const way = ways.find(([, other]) => views.every((view) => hiddenBy(view, other, mesh).length === 0));
  return way === undefined ? '' : ` Or use ${way[0]}.`;
}

/** A proxy that moves knows what the target's istiod discovers, and no more. */
function targetDiffers(plan: UpgradePlan, mesh: Mesh, source: Discoverer, target: Discoverer): readonly Finding[] {
  if (target.selectors.kind !== 'selected') return [];
  const planned = new Map(plannedIn(plan).map((namespace) => [namespace.name, namespace]));
  const unseen = mesh.namespaces
    .filter(({ terminating }) => !terminating)
    .filter(({ name, labels }) => {
      const namespace = planned.get(name);
      const pairs = namespace === undefined ? [injectionLabels(labels)] : labelsCarried(plan, namespace).onSource;
      const original = namespace?.original ?? injectionLabels(labels);
      const isNever = pairs.every((pair) => discovers(target, withInjection(labels, pair)) === false);
      return isNever && discovers(source, withInjection(labels, original)) === true;
    })
    .map(({ name }) => name);
  const ofMesh = new Set([
    mesh.istioNamespace,
    ...planned.keys(),
    ...mesh.pods
      .filter(({ injected, finished }) => injected !== undefined && !finished)
      .map(({ namespace }) => namespace),
  ]);
  const differs = (severity: Finding['severity'], which: readonly string[], why: string): readonly Finding[] =>
    which.length === 0
      ? []
      : [
          {
            id: 'discovery-differs',
            severity,
            subject: subjectOf(target, plan),
            message: `istiod ${target.revision} does not discover ${names(which)}, which istiod ${source.revision} does: ${why}`,
            remedy: `Give ${target.revision} the \`meshConfig.discoverySelectors\` of ${source.revision} (ConfigMap ${plan.istioNamespace}/${source.configMap}).`,
          },
        ];
  return [
    ...differs(
      'blocks',
      unseen.filter((name) => ofMesh.has(name)),
      'proxies that move would lose their Services, endpoints and config.',
    ),
    ...differs(
      'overridable',
      unseen.filter((name) => !ofMesh.has(name)),
      'they hold no pod of the mesh, but proxies that move would not know their Services any more.',
    ),
  ];
}

const plannedIn = (plan: UpgradePlan): readonly PlannedNamespace[] => [
  ...plan.batches.flatMap(({ namespaces }) => namespaces),
  ...plan.gatewayNamespaces,
  ...plan.excluded,
];

type Labels = Readonly<Record<string, string>>;
/** These labels, but for the two that an upgrade writes. */
function withInjection(labels: Labels, { injection, rev }: InjectionLabels): Labels {
  const { [INJECTION]: _injection, [REV]: _rev, ...others } = labels;
  return {
    ...others,
    ...(injection === null ? {} : { [INJECTION]: injection }),
    ...(rev === null ? {} : { [REV]: rev }),
  };
}

const saidLabels = ({ injection, rev }: InjectionLabels): string =>
  `${injection === null ? `no ${INJECTION}` : `${INJECTION}=${injection}`} and ${rev === null ? `no ${REV}` : `${REV}=${rev}`}`;
