import { describe, expect, it } from 'vitest';
import { askingInParts } from '../../src/phases/ask-in-parts.ts';
import type { QueryAnswer } from '../../src/ports/prometheus.ts';
import { hourQuery, type Scope } from '../../src/slo/queries.ts';
import { FakePrometheus, type FakeOptions } from '../fakes/prometheus.ts';

/** A full hour. */
const END = 1_800_000_000_001;
const SUBJECTS = Array.from({ length: 20 }, (_, index) => `team-${String(index)}`);
const flows = SUBJECTS.map((to, index) => ({ from: 'web', to, perSecond: index + 1 }));
const scope: Scope = { signal: 'client', subjects: SUBJECTS, matchers: [] };

/** Answers for no more than so many namespaces at once. */
const upTo =
  (most: number, answer: QueryAnswer) =>
  (_: number, query: string): QueryAnswer | undefined =>
    new Set(query.match(/team-\d+/gu)).size > most ? answer : undefined;
const tooSlow: QueryAnswer = { kind: 'unreachable', reason: 'no answer in time' };
const tooLarge: QueryAnswer = { kind: 'misconfigured', cause: 'query', reason: 'too many samples' };

function asking(options: Partial<FakeOptions>) {
  const prometheus = new FakePrometheus({ flows, ...options });
  const said: string[] = [];
  const inParts = askingInParts(prometheus, (line) => said.push(line));
  const ask = async (of = scope) => inParts('the hour before', of, hourQuery, END);
  return { ask, said, asked: prometheus.asked };
}

describe('a question about many namespaces', () => {
  it('is one question where it is answered', async () => {
    const { ask, said, asked } = asking({});
    expect(await ask()).toMatchObject({ kind: 'rows' });
    expect([asked.length, said]).toEqual([1, []]);
  });

  it.each([
    ['in time', tooSlow],
    ['for its size', tooLarge],
  ])('that is not answered %s is asked for a part at a time, and adds up to the same', async (_, answer) => {
    const whole = await asking({}).ask();
    const { ask, said, asked } = asking({ trouble: upTo(3, answer) });
    expect(await ask()).toEqual(whole);
    expect(asked.length).toBe(1 + 7);
    expect(said).toEqual([`the hour before: answered in 7 parts, for all at once ${answer.reason}`]);
  });

  it('costs the next question no vain attempt', async () => {
    const { ask, said, asked } = asking({ trouble: upTo(3, tooSlow) });
    await ask();
    await ask();
    expect(asked.length).toBe(1 + 7 + 7);
    expect(said[1]).toBe('the hour before: answered in 7 parts');
  });

  it('is not answered where a part is not, and whoever is away is asked but once more', async () => {
    const { ask, said, asked } = asking({ trouble: () => tooSlow });
    expect(await ask()).toEqual(tooSlow);
    expect([asked.length, said]).toEqual([2, []]);
  });

  it('of one namespace has no parts', async () => {
    const { ask, asked } = asking({ trouble: () => tooSlow });
    expect(await ask({ ...scope, subjects: ['team-1'] })).toEqual(tooSlow);
    expect(asked.length).toBe(1);
  });

  it('counts a gateway once, though its namespace and its name are chosen in other parts too', async () => {
    const gateways = ['a/x', 'b/y', 'a/y', 'b/x', 'c/x', 'd/y', 'c/y', 'd/x', 'e/x'];
    const sent = gateways.map((each, index) => {
      const [from = '', workload = ''] = each.split('/');
      return { from, workload, to: 'web', perSecond: index + 1 };
    });
    const of: Scope = { signal: 'gateway', subjects: gateways, matchers: [] };
    const whole = await asking({ flows: sent }).ask(of);
    const trouble = (_: number, query: string): QueryAnswer | undefined =>
      query === hourQuery(of) ? tooSlow : undefined;
    const { ask, asked } = asking({ flows: sent, trouble });
    expect(await ask(of)).toEqual(whole);
    expect(asked.length).toBe(1 + 5);
  });
});
