// Which strings must never be mixed up? Those that carry a brand; an ordinary string cannot stand in for them.

declare const brand: unique symbol;

/** A `Base` that the compiler keeps apart from every other `Base`. Costs nothing at run time. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };
