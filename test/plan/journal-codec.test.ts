import { describe, expect, it } from 'vitest';
import { decodeJournal, encodeJournal } from '../../src/plan/journal-codec.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal, aPlan, aVerdict } from '../builders/plan.ts';

/** Every optional field is set. */
const full = (): Journal => {
  const plan = aPlan([['payments'], ['a', 'b']], {
    gateways: [
      { kind: 'restart', workload: { kind: 'Deployment', namespace: 'istio-ingress', name: 'ingress' } },
      {
        kind: 'template-label',
        workload: { kind: 'Deployment', namespace: 'istio-ingress', name: 'egress' },
        from: null,
      },
      { kind: 'gateway-api', namespace: 'a', name: 'gw', movedBy: 'tag', from: 'default' },
    ],
  });
  return aJournal({
    plan,
    state: 'rolling-back',
    spoilt: { from: '2026-10-01T11:10:00Z', to: '2026-10-01T11:30:00Z' },
    install: 'done',
    tag: 'begun',
    gatewaysRestartedAt: '2026-10-01T12:10:00Z',
    gatewayVerdict: aVerdict(),
    soakVerdict: aVerdict(),
    failed: ['gateways', 2, 'soak', 'tag'],
    batches: [
      {
        number: 1,
        status: 'failed',
        restartedAt: '2026-10-01T12:20:00Z',
        acceptedBy: 'octocat',
        verdict: aVerdict(),
      },
      { number: 2, status: 'open' },
    ],
    written: [
      { kind: 'tag', tag: 'default', from: '1-31', to: '1-32' },
      {
        kind: 'labels',
        object: { kind: 'Namespace', name: 'payments' },
        where: 'metadata',
        labels: { 'istio.io/rev': { from: null, to: '1-31' } },
      },
    ],
    decision: { scope: 'all', reason: 'errors', by: 'the gate', at: '2026-10-01T12:30:00Z' },
    rollbackRestartedAt: '2026-10-01T12:31:00Z',
    wentBack: ['a', 'b'],
    recovery: aVerdict({ kind: 'HOLD', reasonCode: 'blind' }),
    leftOver: [
      { by: 1, text: 'pod a/b (bare) stays on 1-31 until it ends or you replace it' },
      { by: 'rollback', text: 'Deployment a/b: is paused' },
    ],
    timeline: [{ at: '2026-10-01T12:00:00Z', text: 'begun' }],
  });
};

const clean = (text: string): string => text.replaceAll('hunter2', '***');

/** The journal's JSON with something changed in it. */
const changed = (change: (journal: Record<string, unknown>) => void): string => {
  const data: Record<string, unknown> = JSON.parse(encodeJournal(full()));
  change(data);
  return JSON.stringify(data);
};

describe('a journal as text', () => {
  it.each([
    ['a new one', aJournal()],
    ['one with everything in it', full()],
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
    expect(encodeJournal(full())).not.toMatch(/\n|": |, "/u);
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
    ['plan.tag is not a text', (journal) => (journal['plan'] = { ...full().plan, tag: undefined })],
    ['batches is not a list', (journal) => (journal['batches'] = {})],
    [
      'batches[1].status is none of',
      (journal) => (journal['batches'] = [full().batches[0], { number: 2, status: 'x' }]),
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
          ...full().plan,
          batches: [{ number: 1, namespaces: [{ name: 'a', move: 'follows-tag', pods: 1, workloads: 1 }] }],
        }),
    ],
  ])('is unreadable, and says where: %s', (message, change) => {
    expect(decodeJournal(changed(change))).toEqual({ kind: 'unreadable', message: expect.stringContaining(message) });
  });
});
