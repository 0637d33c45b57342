import { describe, expect, it } from 'vitest';
import { NO_PAST, type Past } from '../../src/slo/comparison.ts';
import { BLIND_MS, holdsUnread, unread, waitsForPast } from '../../src/slo/unread.ts';
import { settingsWith } from '../builders/gate-settings.ts';

const AT = 1_800_000_000_000;
const compared = settingsWith();
const alone = settingsWith({ compare: 'off' });
const timeout = { kind: 'unreachable', reason: 'the hour before: HTTP 503' } as const;
const refused = { kind: 'misconfigured', reason: 'the hour before: HTTP 422' } as const;
const after = (failures: readonly (typeof timeout | typeof refused)[], stepMs = 15_000, settings = compared): Past =>
  failures.reduce<Past>(
    (past, failed, index) => unread(past, { ...failed, atMs: AT + index * stepMs }, settings),
    NO_PAST,
  );

describe('an hour before that is not answered for', () => {
  it('is waited for as long as a gate may be blind, since it was first asked for', () => {
    const past = after([timeout, timeout]);
    expect(holdsUnread(past, compared, AT + BLIND_MS - 1, BLIND_MS)).toBeUndefined();
    expect(holdsUnread(past, compared, AT + BLIND_MS, BLIND_MS)).toMatchObject({ code: 'blind' });
    expect(waitsForPast(past)).toEqual(['an answer about the hour before: HTTP 503']);
  });

  it.each([
    ['once', [refused], undefined],
    ['twice', [refused, refused], 'misconfigured'],
    ['once between timeouts', [refused, timeout, refused], undefined],
  ])('is refused only where it is refused twice in a row: %s', (_, failures, code) => {
    expect(holdsUnread(after(failures), compared, AT + 45_000, BLIND_MS)?.code).toBe(code);
  });

  it.each(['on', 'warn'] as const)('is never done without where it is compared with (%s)', (compare) => {
    expect(after([timeout, timeout, timeout], BLIND_MS, settingsWith({ compare })).complete).toBe(false);
  });

  it('is done without after that time where nothing is compared, or after max-bake where that is shorter', () => {
    expect(after([timeout, timeout], BLIND_MS - 1, alone)).toMatchObject({ complete: false, gaps: [] });
    expect(after([timeout, timeout], BLIND_MS, alone).complete).toBe(true);
    expect(after([timeout, timeout], 60_000, { ...alone, maxBakeMs: 60_000 }).complete).toBe(true);
    expect(after([timeout, timeout], BLIND_MS, alone).gaps.join()).toContain('HTTP 503');
  });

  it('that was not asked for yet is waited for, and holds nothing', () => {
    expect(waitsForPast(NO_PAST)).toEqual(['the hour before']);
    expect(holdsUnread(NO_PAST, compared, AT, 0)).toBeUndefined();
  });

  it('holds nothing where nothing is compared with it', () => {
    expect(holdsUnread(after([refused, refused], 15_000, alone), alone, AT + BLIND_MS, BLIND_MS)).toBeUndefined();
  });

  it('holds nothing up once it is known', () => {
    expect(holdsUnread({ ...after([refused, refused]), complete: true }, compared, AT, 0)).toBeUndefined();
    const past = { ...NO_PAST, complete: true };
    expect(waitsForPast(past)).toEqual([]);
    expect(holdsUnread(past, compared, AT, 0)).toBeUndefined();
  });
});
