// Is what this run asks for the upgrade that was completed, or another one to the same target: of another tag, or of other namespaces?
import type { FrozenConfig } from '../config/config.ts';
import type { UpgradePlan } from './plan.ts';

/** Inputs that were left away count too: without `namespaces` all are asked for. How it is carried out makes no difference. */
export function isSameScope(frozen: FrozenConfig, { tag, istioNamespace, choice }: UpgradePlan): boolean {
  const asked = [frozen.tag, frozen.istioNamespace, frozen.namespaces, frozen.excludeNamespaces, frozen.gateways];
  const done = [tag, istioNamespace, choice.namespaces, choice.excludeNamespaces, choice.gateways];
  return JSON.stringify(asked) === JSON.stringify(done);
}
