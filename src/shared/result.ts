// How does a pure function say "this can't be right" without throwing? With a value that holds every problem at once.

export type Result<T, Problem> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'problems'; readonly problems: readonly Problem[] };
