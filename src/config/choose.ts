// Which namespaces does a selector mean, and which gateways did the user choose?
import type { Choice, NamespaceSelector } from './config.ts';
import { matchesGlob } from './glob.ts';

interface Labelled {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}
type Chosen = Pick<Choice, 'namespaces' | 'excludeNamespaces'>;

export function isChosen(selector: NamespaceSelector, namespace: Labelled): boolean {
  return selector.kind === 'glob'
    ? matchesGlob(selector.pattern, namespace.name)
    : namespace.labels[selector.key] === selector.value;
}

const isChosenByAny = (selectors: readonly NamespaceSelector[], namespace: Labelled): boolean =>
  selectors.some((selector) => isChosen(selector, namespace));

/** Chosen by `namespaces`, and not left out by `exclude-namespaces`. */
export const isInScope = ({ namespaces, excludeNamespaces }: Chosen, namespace: Labelled): boolean =>
  (namespaces === undefined || isChosenByAny(namespaces, namespace)) && !isChosenByAny(excludeNamespaces, namespace);

/** A gateway that is listed needs not stand in `namespaces` too; `exclude-namespaces` leaves it out even so. */
export function isGatewayChosen(
  { gateways, ...choice }: Chosen & Pick<Choice, 'gateways'>,
  namespace: Labelled,
  gateway: string,
): boolean {
  if (gateways.kind === 'none') return false;
  if (gateways.kind === 'auto') return isInScope(choice, namespace);
  return (
    !isChosenByAny(choice.excludeNamespaces, namespace) &&
    gateways.gateways.some((listed) => listed.namespace === namespace.name && listed.name === gateway)
  );
}

/** A selector as the user wrote it. */
export const selectorText = (selector: NamespaceSelector): string =>
  selector.kind === 'glob' ? selector.pattern : `label: ${selector.key}=${selector.value}`;
