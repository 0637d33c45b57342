// Which namespaces does a selector mean?
import type { NamespaceSelector } from '../config/config.ts';
import { matchesGlob } from '../config/glob.ts';
import type { MeshNamespace } from '../mesh/snapshot.ts';

type Labelled = Pick<MeshNamespace, 'name' | 'labels'>;

export function isChosen(selector: NamespaceSelector, namespace: Labelled): boolean {
  return selector.kind === 'glob'
    ? matchesGlob(selector.pattern, namespace.name)
    : namespace.labels[selector.key] === selector.value;
}

export const isChosenByAny = (selectors: readonly NamespaceSelector[], namespace: Labelled): boolean =>
  selectors.some((selector) => isChosen(selector, namespace));

/** A selector as the user wrote it. */
export const selectorText = (selector: NamespaceSelector): string =>
  selector.kind === 'glob' ? selector.pattern : `label: ${selector.key}=${selector.value}`;
