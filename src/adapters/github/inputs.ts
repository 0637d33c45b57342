// What did the workflow's `with:` say? Text by input name; nothing is judged. (Names the action does not have never get
// here: the runner warns about them.)
import * as core from '@actions/core';

/** Inputs that are set; an empty one is not. */
export function readInputs(names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.map((name) => [name, core.getInput(name)] as const).filter(([, value]) => value !== ''),
  );
}
