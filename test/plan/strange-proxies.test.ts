import { describe, expect, it } from 'vitest';
import { strangeProxies } from '../../src/plan/strange-proxies.ts';
import { aPod, SOURCE, TARGET } from '../builders/snapshot.ts';

const image = (version: string): string => `docker.io/istio/proxyv2:${version}`;
const pods = [
  aPod({ namespace: 'web', name: 'fits', injected: TARGET, proxyImage: image('1.32.0-distroless') }),
  aPod({ namespace: 'web', name: 'old', injected: TARGET, proxyImage: image('1.30.1') }),
  aPod({ namespace: 'web', name: 'gone', injected: TARGET, proxyImage: image('1.30.1'), finished: true }),
  aPod({ namespace: 'web', name: 'waits', injected: SOURCE, proxyImage: image('1.31.0') }),
  aPod({ namespace: 'web', name: 'unknown', injected: TARGET, proxyImage: image('latest') }),
];

describe('proxies of another version than their istiod', () => {
  it('are named, each workload once', () => {
    expect(strangeProxies(pods, TARGET, '1.32.0')).toEqual([
      expect.stringMatching(
        /web\/\S+: injected by 1-32, but its proxy is 1\.30\.1 and istiod is 1\.32\.0; the annotation/u,
      ),
    ]);
  });

  it('cannot be told where istiod does not say its version', () => {
    expect(strangeProxies(pods, TARGET, undefined)).toEqual([]);
  });
});
