import { afterEach, describe, expect, it, vi } from 'vitest';
import { readInputs, suggestedInputs } from '../../../src/adapters/github/inputs.ts';
import { INPUT_NAMES } from '../../../src/config/inputs.ts';
import { parseConfig } from '../../../src/config/parse.ts';

const NAMES = ['tag', 'exclude-namespaces'];

/** As a runner sets them: upper case, spaces become `_`, hyphens stay. */
function given(inputs: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(inputs))
    vi.stubEnv(`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value);
}
afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a step's inputs", () => {
  it.each([
    [{ tag: 'prod' }, { tag: 'prod' }, 'a known one'],
    [{ tag: '', 'exclude-namespaces': '' }, {}, 'empty is how the runner says unset'],
    [
      { 'exclude-namespace': 'legacy' },
      { 'exclude-namespace': 'legacy' },
      'an unknown one, which the runner lets pass',
    ],
    [{ Exclude_Namespaces: 'legacy' }, { exclude_namespaces: 'legacy' }, 'another spelling is another name'],
    [{ 'exclude-namespace': '' }, { 'exclude-namespace': '' }, 'an unknown one is wrong, whatever its value is today'],
  ])('%j are read as %j: %s', (inputs, read, _why) => {
    given(inputs);
    expect(readInputs(NAMES)).toEqual(read);
  });

  it('are refused with the nearest name where there is no such input', () => {
    given({ command: 'status', 'exclude-namespace': 'legacy' });
    expect(parseConfig(readInputs(INPUT_NAMES))).toMatchObject({
      kind: 'problems',
      problems: [
        { id: 'unknown-input', subject: 'input exclude-namespace', remedy: 'Did you mean `exclude-namespaces`?' },
      ],
    });
  });
});

describe('the limit of a job', () => {
  it.each([
    ['github-hosted', '5h30m', 'GitHub kills the job after six hours'],
    ['self-hosted', undefined, 'its owner knows'],
    [undefined, undefined, 'nobody says whose runner it is'],
  ])('on a runner that is %s is %s: %s', (RUNNER_ENVIRONMENT, limit, _why) => {
    expect(suggestedInputs({ RUNNER_ENVIRONMENT })['max-duration']).toBe(limit);
  });
});
