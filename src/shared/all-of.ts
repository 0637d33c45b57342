// `Promise.all` with names: one place says what is asked for, and what it is called.

/** Fulfils with the value of each promise under its name; rejects with the first that does. */
export async function allOf<T extends object>(promises: { readonly [Name in keyof T]: Promise<T[Name]> }): Promise<T> {
  const settled = Object.entries<Promise<unknown>>(promises).map(async ([name, value]) => [name, await value]);
  return Object.fromEntries(await Promise.all(settled));
}
