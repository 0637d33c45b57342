import { describe, expect, it } from 'vitest';
import { withoutCode } from '../../src/slo/codeless.ts';
import { counts } from '../builders/gate-play.ts';
import { settingsWith } from '../builders/gate-settings.ts';

describe('a subject of whose requests some carry no response code', () => {
  it.each([
    [0, 0, false, 'nothing is known of it'],
    [100, 0, false, 'all carry one'],
    [99, 1, false, 'as many as may fail: even were they failures, the limit would be kept'],
    [98, 2, true, 'more than may fail'],
    [0, 1, true, 'none carries one'],
  ])(
    'cannot be judged where those may be more failures than are allowed: %i with, %i without: %j, %s',
    (coded, codeless, told) => {
      const counted = {
        bySubject: new Map([['a', counts(coded, 0)]]),
        codeless: new Map([['a', codeless]]),
        unusable: 0,
      };
      expect(withoutCode(counted, ['a', 'b'], settingsWith())).toEqual(told ? ['a'] : []);
    },
  );
});
