import { describe, expect, it } from 'vitest';
import { decodeJournal, encodeJournal } from '../../src/plan/journal-codec.ts';
import { aFullJournal, aJournal, aPlan, aVerdict } from '../builders/plan.ts';

const clean = (text: string): string => text.replaceAll('hunter2', '***');

/** The journal's JSON with something changed in it. */
const changed = (change: (journal: Record<string, unknown>) => void): string => {
  const data: Record<string, unknown> = JSON.parse(encodeJournal(aFullJournal()));
  change(data);
  return JSON.stringify(data);
};

describe('a journal as text', () => {
  it.each([
    ['a new one', aJournal()],
    ['one with everything in it', aFullJournal()],
  ])('comes back as it was: %s', (_what, journal) => {
    expect(decodeJournal(encodeJournal(journal))).toEqual({ kind: 'found', journal });
  });
  it('holds no secret that others said, and loses nothing else', () => {
    const verdict = aVerdict({
      kind: 'HOLD',
      reasonCode: 'blind',
      reason: '401: token hunter2',
      warnings: ['hunter2'],
    });
    const journal = aJournal({ plan: aPlan([['hunter2']]), recovery: verdict });
    expect(JSON.parse(encodeJournal(journal, clean))).toEqual({
      ...journal,
      recovery: { ...verdict, reason: '401: token ***', warnings: ['***'] },
    });
  });
  it('is compact', () => {
    expect(encodeJournal(aFullJournal())).not.toMatch(/\n|": |, "/u);
  });
  it('lets fields through that it does not know', () => {
    const decoded = decodeJournal(changed((journal) => (journal['added'] = 'later')));
    expect(decoded).toMatchObject({ kind: 'found', journal: { added: 'later' } });
  });
  it('of version 0.1 remembers what had failed', () => {
    const { failed: _failed, ...old } = aJournal({
      gatewayVerdict: aVerdict(),
      soakVerdict: aVerdict({ kind: 'FAIL' }),
    });
    const batches = [
      { number: 1, status: 'held', failed: true },
      { number: 2, status: 'open' },
    ];
    expect(decodeJournal(JSON.stringify({ ...old, batches }))).toMatchObject({
      kind: 'found',
      journal: { failed: [1, 'soak'], batches: [{ number: 1, status: 'held' }, { number: 2 }] },
    });
  });
  it('does not fail on what is only told, so that a rollback can run', () => {
    const decoded = decodeJournal(changed((journal) => (journal['gatewayVerdict'] = { kind: 'PASS', requests: null })));
    expect(decoded.kind).toBe('found');
  });
});

describe('a text that is no journal of ours', () => {
  it.each([
    ['', 'not a JSON object', 'nothing'],
    ['{"schema":1,', 'not a JSON object', 'cut off'],
    ['[]', 'not a JSON object', 'another thing'],
    ['{}', 'no schema number', 'an object of somebody'],
    ['{"schema":"1"}', 'no schema number', 'a number as text'],
    ['{"schema":2}', 'a newer version of this tool wrote it', 'the future'],
    ['{"schema":0}', 'schema 0, which never was one', 'no past'],
    ['{"schema":1}', 'id is not a text: it is missing', 'the first field that lacks'],
  ])('is unreadable: %s says "%s" (%s)', (text, message) => {
    expect(decodeJournal(text)).toEqual({ kind: 'unreadable', message: expect.stringContaining(message) });
  });

  it.each<[string, (journal: Record<string, unknown>) => void]>([
    ['state is none of in-progress', (journal) => (journal['state'] = 'done')],
    ['fence is not a number', (journal) => (journal['fence'] = '3')],
    ['plan.tag is not a text', (journal) => (journal['plan'] = { ...aFullJournal().plan, tag: undefined })],
    ['batches is not a list', (journal) => (journal['batches'] = {})],
    [
      'batches[1].status is none of',
      (journal) => (journal['batches'] = [aFullJournal().batches[0], { number: 2, status: 'x' }]),
    ],
    ['failed[0] is none of gateways', (journal) => (journal['failed'] = ['all'])],
    ['written[0] is of no known kind', (journal) => (journal['written'] = [{ kind: 'webhook' }])],
    [
      'written[0].labels.istio.io/rev.to is not a text',
      (journal) =>
        (journal['written'] = [
          {
            kind: 'labels',
            object: { kind: 'Namespace', name: 'a' },
            where: 'metadata',
            labels: { 'istio.io/rev': { from: null } },
          },
        ]),
    ],
    ['decision.scope is none of all, batch', (journal) => (journal['decision'] = { scope: 'some' })],
    [
      'plan.batches[0].namespaces[0].original is not an object',
      (journal) =>
        (journal['plan'] = {
          ...aFullJournal().plan,
          batches: [{ number: 1, namespaces: [{ name: 'a', move: 'follows-tag', pods: 1, workloads: 1 }] }],
        }),
    ],
  ])('is unreadable, and says where: %s', (message, change) => {
    expect(decodeJournal(changed(change))).toEqual({ kind: 'unreadable', message: expect.stringContaining(message) });
  });
});
