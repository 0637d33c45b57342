import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { inputProblem } from '../../src/config/input-problem.ts';
import { INPUTS } from '../../src/config/inputs.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { type Finding, withRemedy } from '../../src/mesh/finding.ts';

type Inputs = Readonly<Record<string, string>>;
const NEEDED = { 'target-revision': '1-32-0', 'prometheus-url': 'https://prometheus' };
const file = (text: string) => ({ path: 'upgrade.yaml', text });

function configOf(inputs: Inputs, text?: string): Config {
  const result = parseConfig(inputs, text === undefined ? undefined : file(text));
  if (result.kind === 'ok') return result.value;
  throw new Error(JSON.stringify(result.problems));
}
function problemsOf(inputs: Inputs, text?: string): readonly Finding[] {
  const result = parseConfig(inputs, text === undefined ? undefined : file(text));
  return result.kind === 'ok' ? [] : result.problems;
}
const heads = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({ id, subject }) => `${id}: ${subject}`);

describe('a config', () => {
  it('is whole with nothing but what the command needs: the rest are the defaults of the table', () => {
    const { command, frozen, run, frozenSet } = configOf(NEEDED);
    expect(command).toBe('upgrade');
    expect(frozen).toMatchObject({ istioNamespace: 'istio-system', targetRevision: '1-32-0', tag: 'default' });
    expect(frozen.gate).toMatchObject({ bakeMs: 300_000, maxBakeMs: 1_800_000, minRequests: 300 });
    expect(frozen.gate).not.toHaveProperty('intervalMs');
    expect(run).toMatchObject({ batch: 'next', rolloutTimeoutMs: 600_000, lockWaitMs: 120_000, accept: [] });
    expect(run).not.toHaveProperty('maxDurationMs');
    expect(frozenSet).toEqual(['target-revision']);
  });

  it('takes blank text for not set, as a workflow passes what it does not know', () => {
    const blank = Object.fromEntries(INPUTS.map(({ name }) => [name, ' \n']));
    expect(configOf({ ...blank, ...NEEDED })).toEqual(configOf(NEEDED));
  });

  it.each(INPUTS.map(({ name, example }) => [name, example] as const))(
    'can have %s as in the example: %j',
    (name, example) => {
      const beside: Inputs =
        name === 'install-args' ? { install: 'helm' } : name === 'install-manifest' ? { install: 'manifest' } : {};
      // The token's example is an expression that the runner fills in.
      const text = name === 'prometheus-token' ? 'a-token' : example;
      expect(problemsOf({ ...NEEDED, [name]: text, ...beside })).toEqual([]);
    },
  );

  it('takes what the surroundings suggest only where neither input nor file says anything', () => {
    const defaults = { 'max-duration': '5h30m' };
    const ms = (inputs: Inputs, text = '') => {
      const result = parseConfig({ ...NEEDED, ...inputs }, file(text), defaults);
      return result.kind === 'ok' ? result.value.run.maxDurationMs : undefined;
    };
    expect(ms({})).toBe(19_800_000);
    expect(ms({}, 'max-duration: 1h')).toBe(3_600_000);
    expect(ms({ 'max-duration': '2h' }, 'max-duration: 1h')).toBe(7_200_000);
  });

  it('has the frozen inputs that were set, by input or by file, and no others', () => {
    const { frozenSet } = configOf({ ...NEEDED, bake: '1m', batch: '2' }, 'on-fail: hold\nlock-wait: 1m\nsoak:\n');
    expect(frozenSet).toEqual(['target-revision', 'bake', 'on-fail']);
  });
});

describe('what each command needs', () => {
  it.each([
    ['plan', ['target-revision']],
    ['upgrade', ['target-revision', 'prometheus-url']],
    ['start', ['target-revision', 'prometheus-url']],
    ['promote', ['prometheus-url']],
    ['rollback', []],
    ['complete', []],
    ['status', []],
  ])('%s: %j', (command, names) => {
    expect(heads(problemsOf({ command }))).toEqual(names.map((name) => `missing-input: input ${name}`));
  });

  it('is asked only of a command that exists', () => {
    expect(heads(problemsOf({ command: 'upgrad' }))).toEqual(['bad-input: input command']);
  });
});

describe('problems', () => {
  it('are all told at once, each with what to do', () => {
    const problems = problemsOf(
      { tagg: 'x', bake: '5', strategy: 'labels', 'target-revision': '1.32.0', 'max-error-rate': '1' },
      'min-requests: none\nfoo: 1',
    );
    expect(heads(problems)).toEqual([
      'unknown-input: input tagg',
      'bad-config-file: input config-file',
      'bad-input: input target-revision',
      'bad-input: input strategy',
      'bad-input: input max-error-rate',
      'bad-input: input bake',
      'bad-input: input min-requests',
      'missing-input: input prometheus-url',
    ]);
    for (const { severity, message, remedy } of problems) {
      expect(severity).toBe('blocks');
      expect(message).toMatch(/[^.?]\.$/u);
      expect(remedy).toMatch(/^[^\n]+[.?]$/u);
    }
  });

  it.each([
    ['bake longer than max-bake', { bake: '2h' }, 'bake'],
    ['a short max-bake beside the default bake', { 'max-bake': '1m' }, 'bake'],
    ['interval longer than max-bake', { interval: '31m' }, 'interval'],
    ['source and target the same', { 'source-revision': '1-32-0' }, 'target-revision'],
    ['a tag called like the target', { tag: '1-32-0' }, 'tag'],
    [
      'a token beside a header that says the same',
      { 'prometheus-token': 'abc', 'prometheus-headers': 'authorization: x' },
      'prometheus-token',
    ],
    ['a CA for an address without TLS', { 'prometheus-ca': 'ca.pem', 'prometheus-url': 'http://p' }, 'prometheus-ca'],
    ['a manifest that nothing applies', { 'install-manifest': 'a.yaml' }, 'install-manifest'],
    [
      'arguments that nothing takes',
      { install: 'manifest', 'install-manifest': 'a', 'install-args': '-y' },
      'install-args',
    ],
  ])('name settings that cannot stand together: %s', (_, inputs, subject) => {
    expect(heads(problemsOf({ ...NEEDED, ...inputs }))).toEqual([`conflicting-inputs: input ${subject}`]);
  });

  it('blame no conflict on a default that stands in for a bad value', () => {
    expect(heads(problemsOf({ ...NEEDED, bake: '5', 'max-bake': '1m' }))).toEqual(['bad-input: input bake']);
  });

  it.each([
    [{ bake: '5' }, '`bake`: "5" has no unit.', 'Write 5s, 5m or 5h.'],
    [{ bake: '"a; b"' }, '`bake`: "\\"a; b\\"" is not a duration.', 'Write it as 90s, 5m or 1h30m.'],
    [{ 'prometheus-url': 'https://a:b@p' }, 'the address has credentials in it.', 'Give them as `prometheus-token`'],
    [{ 'prometheus-url': 'https://p/api/v1' }, 'the address ends in the API path.', 'Leave /api/v1 away.'],
    [{ 'accept-hold': 'contested' }, 'is why a run stopped, not a judgement to accept.', 'Run the command again.'],
    [{ strategy: 'tagg' }, '"tagg" is none of `tag`, `relabel`.', 'Perhaps `tag` was meant.'],
    [{ strategy: 'a; b' }, '`strategy`: "a; b" is none of `tag`, `relabel`.', 'Write it as `strategy: relabel`.'],
  ])('have their own advice, and an example only without: %j', (inputs, message, remedy) => {
    const [problem, ...others] = problemsOf({ ...NEEDED, ...inputs });
    expect(others).toEqual([]);
    expect(problem?.message).toContain(message);
    expect(problem?.remedy).toContain(remedy);
  });

  it('name a manifest that is missing', () => {
    expect(heads(problemsOf({ ...NEEDED, install: 'manifest' }))).toEqual(['missing-input: input install-manifest']);
  });

  it('never repeat what may be a secret, from input or file', () => {
    const secret = 'hunter2';
    const texts = [
      `${secret} ${secret}\n${secret}`,
      `https://u:${secret}@p?${secret}`,
      `apiVersion: v1\ntoken: ${secret}`,
      `X-A: ${secret}\u0007`,
      `-----BEGIN PRIVATE KEY-----\n${secret}`,
    ];
    for (const name of ['prometheus-token', 'prometheus-headers', 'prometheus-url', 'prometheus-ca', 'kubeconfig']) {
      for (const text of texts) {
        const said = JSON.stringify([problemsOf({ [name]: text }), problemsOf({}, `${name}: ${JSON.stringify(text)}`)]);
        expect(said).not.toContain(secret);
      }
    }
  });

  it.each([
    'prometheus-token: "hunter2',
    'prometheus-token: hunter2: x',
    '- hunter2',
    '*hunter2',
    '@hunter2',
    'a: b: hunter2',
    'prometheus-token: *hunter2',
  ])('never repeat what is no YAML: %j', (text) => {
    const problems = problemsOf(NEEDED, text);
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

describe('a config file', () => {
  it('gives lists, numbers, booleans and mappings as the inputs would be written', () => {
    const text = `
command: plan
target-revision: 1-32-0   # a comment
pin-waiting: false
min-requests: 1000
compare: on
batches: [1, 10%, {label: tier=gold}, rest by 25%]
namespaces:
  - team-*
  - label: tier=gold
max-error-rate:
  - 1%
  - legacy-*: 5%
prometheus-matchers: {cluster: prod-eu}
prometheus-params: [dedup=true]
prometheus-headers:
  X-Scope-OrgID: 7
plan-hash: 012345678901
objectives:
  - {name: a, query: up, max: 1}
soak: ~
`;
    expect(configOf({}, text)).toEqual(
      configOf({
        command: 'plan',
        'target-revision': '1-32-0',
        'pin-waiting': 'false',
        'min-requests': '1000',
        compare: 'on',
        batches: '1\n10%\nlabel: tier=gold\nrest by 25%',
        namespaces: 'team-*\nlabel: tier=gold',
        'max-error-rate': '1%\nlegacy-*: 5%',
        'prometheus-matchers': 'cluster=prod-eu',
        'prometheus-params': 'dedup=true',
        'prometheus-headers': 'X-Scope-OrgID: 7',
        'plan-hash': '012345678901',
        objectives: '- {name: a, query: up, max: 1}',
      }),
    );
  });

  it('gives way to inputs, objectives too', () => {
    const text = 'tag: from-file\nobjectives: [{name: a, query: up, max: 1}]';
    const config = configOf({ ...NEEDED, tag: 'from-input', objectives: '- {name: b, query: up, max: 1}' }, text);
    expect(config.frozen.tag).toBe('from-input');
    expect(config.frozen.gate.objectives.map(({ name }) => name)).toEqual(['b']);
  });

  it('may be empty', () => {
    expect(configOf(NEEDED, '# nothing yet\n')).toEqual(configOf(NEEDED));
  });

  it('may use anchors, and one that contains itself does no harm', () => {
    expect(configOf(NEEDED, 'bake: &five 5m\nsoak: *five').frozen.soakMs).toBe(300_000);
    expect(heads(problemsOf(NEEDED, 'batches: &loop [*loop]'))).toEqual(['bad-config-file: input batches']);
  });

  it.each([
    ['bakee: 5m', 'upgrade.yaml, line 1, column 1: there is no key "bakee"', 'a slip'],
    ['bake: 5m\nbake: 6m', 'line 2, column 1: this key is there twice', 'which one?'],
    ['bake: 5m\n\tsoak: 1m', 'line 2, column', 'a tab'],
    ['- bake: 5m', 'line 1, column 1: the file is not a mapping', 'a list'],
    ['config-file: other.yaml', 'there is no key "config-file"', 'one file is enough'],
    ['namespaces: [[a]]', 'line 1, column 13: a list inside a list', 'no meaning'],
    ['namespaces: *-legacy', 'quote a value that begins with *', 'an alias by accident'],
    ['prometheus-headers: {a: {b: c}}', 'neither text nor a number', 'too deep'],
    ['objectives:\n  - name: a', 'line 2, column 5', 'objectives are read where they stand'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(NEEDED, text).map(withRemedy).join('\n').toLowerCase()).toContain(problem.toLowerCase());
  });

  it("has no expressions of GitHub's, and says where they belong without repeating one", () => {
    const problems = problemsOf({ 'target-revision': '1-32' }, 'prometheus-url: ${{ secrets.PROMETHEUS_ADDRESS }}');
    expect(heads(problems)).toEqual(['bad-config-file: input prometheus-url']);
    expect(problems[0]?.remedy).toContain("in the workflow's `with:`");
    expect(JSON.stringify(problems)).not.toContain('PROMETHEUS_ADDRESS');
  });

  it('names the key that was probably meant', () => {
    expect(problemsOf(NEEDED, 'bakee: 5m').map(({ remedy }) => remedy)).toEqual(['Did you mean `bake`?']);
  });
});

const ignoredBy = (inputs: Inputs): readonly string[] =>
  heads(configOf({ command: 'rollback', ...inputs }).ignored ?? []);

describe('a rollback', () => {
  it('is not refused for inputs it can do without, and says which', () => {
    const inputs = { batches: '10 %%', 'prometheus-url': 'nowhere', 'max-restarting': 'all', tagg: 'x' };
    expect(ignoredBy(inputs)).toEqual([
      'unknown-input: input tagg',
      'bad-input: input batches',
      'bad-input: input prometheus-url',
      'bad-input: input max-restarting',
    ]);
    expect(configOf({ command: 'rollback', ...inputs }).run).toMatchObject({ maxRestarting: 20 });
    expect(ignoredBy({})).toEqual([]);
  });

  it.each([
    [{ 'istio-namespace': 'Not A Name' }, 'bad-input: input istio-namespace'],
    [{ contxt: 'prod' }, 'unknown-input: input contxt'],
  ])('is refused for %j: it might go to another cluster', (inputs, head) => {
    expect(heads(problemsOf({ command: 'rollback', ...inputs }))).toEqual([head]);
  });

  it('is refused for a flag that there is not', () => {
    const usage = [inputProblem('bad-usage', 'x', 'There is no flag "--x"', 'Remove it.')];
    expect(parseConfig({ command: 'rollback' }, undefined, {}, usage)).toEqual({ kind: 'problems', problems: usage });
  });

  it('is refused for a file that cannot be read through', () => {
    expect(heads(problemsOf({ command: 'rollback' }, 'context: [[prod]]'))).toEqual(['bad-config-file: input context']);
  });
});
