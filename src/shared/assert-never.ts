// How does a switch prove that it handles every case?

/** Never returns: the compiler rejects a call with a case left over, and at run time the stray value is named. */
export function assertNever(value: never): never {
  throw new Error(`a case that the code does not know: ${JSON.stringify(value)}`);
}
