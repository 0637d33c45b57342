import { describe, expect, it } from 'vitest';
import type { Journal } from '../src/plan/journal.ts';
import { drive, type Drive } from '../src/upgrade.ts';
import { aJournal, aPlan, aVerdict } from './builders/plan.ts';
import { meshInMemory } from './fakes/run.ts';
import { fakeSession } from './fakes/session.ts';

/** No batch is left; a gate without Prometheus ends as HOLD (misconfigured). */
const moved = (plan: Parameters<typeof aPlan>[1], over: Partial<Journal> = {}): Journal =>
  aJournal({
    plan: aPlan([['payments']], plan),
    install: 'done',
    pin: 'done',
    tag: 'done',
    gateways: 'done',
    batches: [{ number: 1, status: 'passed' }],
    ...over,
  });
const settings = { rolloutTimeoutMs: 1_000, maxRestarting: 1, actor: 'octocat' };
const HOLD = aVerdict({ kind: 'HOLD', reasonCode: 'no-traffic' });
const BLIND = { acceptHold: 'misconfigured' };

async function driven(command: Drive['command'], journal: Journal, more: { acceptHold?: string } = {}) {
  const { session } = fakeSession(meshInMemory(), journal);
  const ending = await drive({ session, command, settings: { ...settings, ...more } });
  return { ending, journal: session.journal() };
}

describe('a soak', () => {
  it('that ends in HOLD holds the upgrade, is named, and stays in the journal', async () => {
    const { ending, journal } = await driven('upgrade', moved({ removeSource: 'keep' }));
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured', verdict: { kind: 'HOLD' } });
    expect(ending.sentence).toMatch(/^the soak is held: HOLD \(misconfigured\)/u);
    expect(journal).toMatchObject({ state: 'held', soak: 'begun', soakVerdict: { kind: 'HOLD' } });
  });

  it('whose HOLD is accepted passes, with who accepted it', async () => {
    const { ending, journal } = await driven('upgrade', moved({ removeSource: 'keep' }), BLIND);
    expect(ending.kind).toBe('completed');
    expect(journal.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^soak HOLD: .* \(accepted by octocat\)$/u),
    );
  });
});

describe('after a FAIL, and a HOLD since', () => {
  it('the soak stays held, whatever HOLD is accepted', async () => {
    const held = moved({ removeSource: 'keep' }, { soak: 'begun', soakVerdict: HOLD, failed: ['soak'] });
    expect((await driven('upgrade', held, BLIND)).ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
  });
});

describe('the end of a relabelled mesh', () => {
  const relabelled = moved({ strategy: 'relabel', removeSource: 'keep' }, { tag: 'pending', soak: 'done' });

  it('is held where the gate cannot pass after the tag has moved', async () => {
    const { ending, journal } = await driven('complete', relabelled);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured', resumeCommand: 'complete' });
    expect(journal).toMatchObject({ state: 'held', tag: 'begun' });
  });

  it('goes on past a HOLD that is accepted, with the source kept as asked', async () => {
    const { ending, journal } = await driven('complete', relabelled, BLIND);
    expect(ending).toMatchObject({ kind: 'completed' });
    expect(ending.sentence).toContain('1-31 is kept, as asked');
    expect(journal).toMatchObject({ state: 'completed', tag: 'done', complete: 'done' });
    expect(journal.timeline.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^tag HOLD: .* \(accepted by octocat\)$/u),
    );
  });

  it('stays held past a FAIL, whatever HOLD is accepted', async () => {
    const { ending, journal } = await driven('complete', { ...relabelled, failed: ['tag'] }, BLIND);
    expect(ending).toMatchObject({ kind: 'held', reasonCode: 'misconfigured' });
    expect(journal).toMatchObject({ state: 'held', tag: 'begun', soakVerdict: { kind: 'HOLD' }, failed: ['tag'] });
  });

  it('asks nobody where there are only gateways', async () => {
    const { plan, ...rest } = relabelled;
    const gatewaysOnly = { ...rest, batches: [], plan: { ...plan, batches: [] } };
    expect((await driven('complete', gatewaysOnly)).ending.kind).toBe('completed');
  });
});
