// Which injection labels does a namespace carry at each point of an upgrade? docs/how-it-works.md, "Two strategies", as functions.
import { INJECTION, REV } from '../mesh/names.ts';
import type { InjectionLabels, PlannedNamespace, UpgradePlan } from './plan.ts';
import { assertNever } from '../shared/assert-never.ts';

type Names = Pick<UpgradePlan, 'strategy' | 'source' | 'target' | 'tag'>;

/** An un-revisioned source is called like the default tag, and that label always means the tag: nothing can name the source then. */
export const canPin = (plan: Pick<UpgradePlan, 'source' | 'tag'>): boolean => String(plan.source) !== String(plan.tag);

/** Whether `pin-waiting` holds anything on the source. */
export const pinsWaiting = (plan: Pick<UpgradePlan, 'strategy' | 'pinWaiting' | 'source' | 'tag'>): boolean =>
  plan.strategy === 'tag' && plan.pinWaiting && canPin(plan);

export const injectionLabels = (labels: Readonly<Record<string, string>>): InjectionLabels => ({
  injection: labels[INJECTION] ?? null,
  rev: labels[REV] ?? null,
});

/** As a merge patch's labels: `null` takes one away. Both always travel in one patch: between two, new pods could get no sidecar. */
export const asLabels = ({ injection, rev }: InjectionLabels): Readonly<Record<string, string | null>> => ({
  [INJECTION]: injection,
  [REV]: rev,
});

/** While it waits under `tag`, or is excluded: held on the source. Undefined where nothing has to be, or can be, written. */
export function pinnedLabels(plan: Names, namespace: PlannedNamespace): InjectionLabels | undefined {
  return plan.strategy === 'tag' && namespace.move === 'follows-tag' && canPin(plan)
    ? { injection: null, rev: plan.source }
    : undefined;
}

/** When its batch comes. Undefined where the labels are not what moves it. */
export function movedLabels(plan: Names, namespace: PlannedNamespace): InjectionLabels | undefined {
  switch (namespace.move) {
    case 'by-template':
      return undefined;
    case 'pinned-to-source':
      return { injection: namespace.original.injection, rev: plan.target };
    case 'follows-tag':
      return plan.strategy === 'tag' ? namespace.original : { injection: null, rev: plan.target };
    default:
      return assertNever(namespace.move);
  }
}

/** Back on the source while the tag stays on the target (`on-fail: rollback-batch`). */
export function heldBackLabels(plan: Names, namespace: PlannedNamespace): InjectionLabels | undefined {
  if (namespace.move === 'by-template') return undefined;
  return pinnedLabels(plan, namespace) ?? namespace.original;
}

/** After `complete` under `relabel`: the tag is on the target now, so its followers get their own label back. */
export function settledLabels(plan: Names, namespace: PlannedNamespace): InjectionLabels | undefined {
  return plan.strategy === 'relabel' && namespace.move === 'follows-tag' ? namespace.original : undefined;
}

/**
 * Every pair of labels that a namespace of the plan carries from before the first write to after the last. `onSource`: all of them, for
 * proxies of the source are there throughout; `onTarget`: from when proxies of the target are. Each begins with the first to stand.
 */
export function labelsCarried(
  plan: UpgradePlan,
  namespace: PlannedNamespace,
): { readonly onSource: readonly InjectionLabels[]; readonly onTarget: readonly InjectionLabels[] } {
  const has = (namespaces: readonly PlannedNamespace[]): boolean => namespaces.includes(namespace);
  const isOfBatch = plan.batches.some(({ namespaces }) => has(namespaces));
  const pinned = pinsWaiting(plan) && !has(plan.gatewayNamespaces) ? pinnedLabels(plan, namespace) : undefined;
  const written = [
    pinned,
    ...(has(plan.excluded) ? [] : [movedLabels(plan, namespace), settledLabels(plan, namespace)]),
    isOfBatch && plan.onFail === 'rollback-batch' ? heldBackLabels(plan, namespace) : undefined,
  ].filter((labels) => labels !== undefined);
  const all = [namespace.original, ...written];
  return { onSource: all, onTarget: pinned === undefined ? all : written };
}

/** The labels that `labelsOf` gives to these namespaces, with those the plan found; namespaces it gives none are left out. */
export const labelWishes = (
  namespaces: readonly PlannedNamespace[],
  labelsOf: (namespace: PlannedNamespace) => InjectionLabels | undefined,
) =>
  namespaces.flatMap((namespace) => {
    const labels = labelsOf(namespace);
    return labels === undefined
      ? []
      : [{ name: namespace.name, labels: asLabels(labels), found: asLabels(namespace.original) }];
  });
