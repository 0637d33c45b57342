// Gate settings for tests: the documented defaults, changed where a test says so.
import type { GateSettings } from '../../src/config/config.ts';

const DEFAULTS: GateSettings = {
  matchers: [],
  maxErrorRate: { limit: 0.01, exceptions: [] },
  objectives: [],
  evidence: 'not-disproved',
  bakeMs: 300_000,
  maxBakeMs: 1_800_000,
  minRequests: 300,
  onNoTraffic: 'hold',
  compare: 'on',
};

export const settingsWith = (changes: Partial<GateSettings> = {}): GateSettings => ({ ...DEFAULTS, ...changes });
