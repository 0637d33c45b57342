// Does what Prometheus says, and what its labels hold, stay text to the end? Through the adapter, then preflight or the gate, to
// everything that a step shows: log, annotations, outputs and summary.
import { describe, expect, it } from 'vitest';
import { refused } from '../../../src/commands/refusal.ts';
import { asRevision } from '../../../src/mesh/names.ts';
import { runGate } from '../../../src/phases/gate.ts';
import { measurePrometheus } from '../../../src/phases/measure-prometheus.ts';
import type { Ending } from '../../../src/plan/ending.ts';
import type { Sample } from '../../../src/ports/prometheus.ts';
import { OUTPUT_NAMES } from '../../../src/report/outputs.ts';
import { asPromQL } from '../../../src/slo/promql.ts';
import { MESH, START, withPayments } from '../../builders/gate-run.ts';
import { settingsWith } from '../../builders/gate-settings.ts';
import { type FakeOptions, FakePrometheus } from '../../fakes/prometheus.ts';
import { heldEnding } from '../../report/endings.ts';
import { HOSTILE, UNSAFE } from '../../report/hostile.ts';
import { strangeIn } from '../../report/markdown-lines.ts';
import { type Answering, type Reply, type Shown, stepsOnGithub, type Surroundings } from './step.ts';

const step = stepsOnGithub();

const json = (value: unknown, status = 200): Reply => ({ status, body: JSON.stringify(value) });
const always =
  (reply: Reply): Answering =>
  async () =>
    reply;
/** The fake's answers, as Prometheus writes them, and `more` beside all that is counted. */
function mesh(options: Partial<FakeOptions>, more: readonly Sample[] = []): Answering {
  const fake = new FakePrometheus({ flows: MESH, ...options });
  return async (query, atMs) => {
    const answer = await fake.query(asPromQL(query), atMs);
    const samples = [...(answer.kind === 'vector' ? answer.samples : []), ...(query.includes('sum by (') ? more : [])];
    const result = samples.map(({ labels, value }) => ({ metric: labels, value: [atMs / 1000, String(value)] }));
    return json({ status: 'success', data: { resultType: 'vector', result } });
  };
}

async function preflight(world: Surroundings): Promise<Ending> {
  return refused((await measurePrometheus(world, settingsWith(), [{ name: 'web-1', namespace: 'web' }])).findings);
}
async function gate(world: Surroundings): Promise<Ending> {
  const verdict = await runGate(world, {
    settings: settingsWith({ compare: 'off' }), // no hour before: it takes long to make up
    subject: { kind: 'batch', namespaces: ['payments'] },
    unmoved: ['books', 'shop', 'web', 'bank'],
    opened: new Map([['payments', START]]),
    isRolloutOver: () => true,
    target: asRevision('1-32'),
    batchLabel: 'batch 1',
  });
  return heldEnding({ reasonCode: verdict.reasonCode, sentence: `batch 1 is held: ${verdict.reason}`, verdict });
}

function expectHarmless({ ending, stdout, outputs, summary, commands }: Shown): void {
  expect(Object.keys(outputs).toSorted()).toEqual([...OUTPUT_NAMES].toSorted());
  expect(outputs).toMatchObject({ ending: ending.kind, reason: ending.sentence });
  expect(commands).toEqual(['error']);
  expect(stdout).not.toMatch(UNSAFE);
  expect(strangeIn(summary)).toEqual([]);
  expect(summary).not.toMatch(/!\[|\]\(|:\/\/evil/u);
}

/** The adapter makes one line of what the server says. */
const inOneLine = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();
const error = (text: string) => ({ status: 'error', errorType: 'bad_data', error: text });

describe.each<[string, string, (text: string) => Reply]>([
  ['a refused query', 'prometheus-refuses-query', (text) => json(error(text), 400)],
  ['an error within a 200', 'prometheus-refuses-query', (text) => json(error(text))],
  ['an error of its proxy', 'prometheus-auth', (text) => json({ message: text }, 403)],
  ['plain text', 'prometheus-unreachable', (text) => ({ status: 503, contentType: 'text/plain', body: text })],
  [
    'a warning',
    'prometheus-answers-in-part',
    (text) => json({ status: 'success', data: { resultType: 'vector', result: [] }, warnings: [text] }),
  ],
  ['a type of result', 'prometheus-refuses-query', (text) => json({ status: 'success', data: { resultType: text } })],
])('%s of a hostile Prometheus', (_what, id, reply) => {
  it.each(HOSTILE)('is told as text: $reason', async ({ text }) => {
    const told = await step(always(reply(text)), preflight);
    expect(told.ending).toMatchObject({ kind: 'refused', reasonCode: id });
    expect(inOneLine(told.ending.sentence)).toContain(inOneLine(text));
    expectHarmless(told);
  });
});

const failed = (labels: Readonly<Record<string, string>>): Partial<FakeOptions> => ({
  flows: withPayments({ failing: 1, failure: { response_code: '503', ...labels } }),
});
const twins = (label: string, values: readonly string[]): Partial<FakeOptions> => ({
  other: (query) => {
    if (query.startsWith('topk(')) return [{ labels: { pod: 'web-1', reporter: 'source' }, value: 9 }];
    return query.startsWith('istio_requests_total{')
      ? values.map((each) => ({ labels: { [label]: each }, value: 900 }))
      : [];
  },
});
const strangers = (text: string): Partial<FakeOptions> => ({
  other: (query, atMs) =>
    query.startsWith('max by (pod')
      ? ['web-1', text, `${text}-2`].map((pod) => ({ labels: { pod }, value: atMs / 1000 }))
      : [],
});

describe.each<[string, string, (world: Surroundings) => Promise<Ending>, (text: string) => Partial<FakeOptions>]>([
  ['response_flags', 'error-rate', gate, (text) => failed({ response_flags: text })],
  ['pod', 'series-of-unknown-pods', preflight, strangers],
  [
    'cluster',
    'matchers-leave-other-clusters',
    preflight,
    (text) => ({ origins: [{ cluster: text }, { cluster: 'b' }] }),
  ],
  ['a replica', 'series-appear-twice', preflight, (text) => twins('replica', [text, 'b'])],
  ["a label's own name", 'series-appear-twice', preflight, (text) => twins(text, ['a', 'b'])],
])('%s in a hostile label', (_label, reasonCode, command, options) => {
  it.each(HOSTILE)('is told as text: $reason', async ({ text }) => {
    const told = await step(mesh(options(text)), command);
    expect(told.ending).toMatchObject({ reasonCode });
    expect(JSON.stringify(told.ending)).toContain(JSON.stringify(text).slice(1, -1));
    expectHarmless(told);
  });
});

it('hostile namespaces that nobody asked for are not told at all', async () => {
  const forged = HOSTILE.map(({ text }) => ({
    labels: { destination_service_namespace: `forged ${text}`, response_code: '503', response_flags: 'UF' },
    value: 900,
  }));
  const told = await step(mesh({}, forged), gate);
  expect(told.ending).toMatchObject({ verdict: { kind: 'PASS', errors: 0 } });
  for (const shown of [JSON.stringify(told.ending), told.stdout, told.summary]) expect(shown).not.toContain('forged');
  expectHarmless(told);
});
