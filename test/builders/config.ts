// What has the user asked for? The defaults of the inputs (README.md, "Inputs"), each to be changed by name.
import type { FrozenConfig, GateSettings } from '../../src/config/config.ts';
import { DEFAULT_TAG } from '../../src/mesh/names.ts';
import { TARGET } from './snapshot.ts';

export const gateSettings = (over: Partial<GateSettings> = {}): GateSettings => ({
  matchers: [],
  maxErrorRate: { limit: 0.01, exceptions: [] },
  objectives: [],
  evidence: 'not-disproved',
  bakeMs: 300_000,
  maxBakeMs: 1_800_000,
  minRequests: 300,
  onNoTraffic: 'hold',
  compare: 'on',
  ...over,
});

/** Target `1-32`; the source is what the tag `default` points to. */
export const frozenConfig = (over: Partial<FrozenConfig> = {}): FrozenConfig => ({
  istioNamespace: 'istio-system',
  targetRevision: TARGET,
  tag: DEFAULT_TAG,
  strategy: 'tag',
  pinWaiting: true,
  install: { kind: 'none' },
  excludeNamespaces: [],
  batches: [
    { kind: 'count', count: 1 },
    { kind: 'share', share: 0.1 },
    { kind: 'rest-by-share', share: 0.25 },
  ],
  gateways: { kind: 'auto' },
  gate: gateSettings(),
  onFail: 'rollback',
  soakMs: 600_000,
  removeSource: 'auto',
  ...over,
});
