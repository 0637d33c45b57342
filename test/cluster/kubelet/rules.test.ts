// Does the first matching rule decide a pod's fate?
import { describe, expect, it } from 'vitest';
import { app, classicProxy, pod } from './fixtures.ts';
import { fateOf } from './rules.ts';

const injected = pod({ revision: '1-32', labels: { app: 'web' }, spec: { containers: [app, classicProxy] } });

describe('a pod’s fate', () => {
  it('without a rule is to be ready soon', () => {
    expect(fateOf(injected, [])).toMatchObject({ mode: 'ready', delayMs: 200 });
  });

  it('is decided by the first rule that matches', () => {
    const rules = [
      { namespace: 'other', mode: 'never' },
      { revision: '1-31', mode: 'never' },
      { labels: { app: 'web', tier: 'front' }, mode: 'never' },
      { namespace: 'shop', revision: '1-32', labels: { app: 'web' }, mode: 'crashloop', restarts: 3 },
      { mode: 'ready' },
    ] as const;
    expect(fateOf(injected, rules)).toMatchObject({ mode: 'crashloop', restarts: 3 });
  });

  it('is no proxy’s crash loop without a proxy', () => {
    expect(fateOf(pod(), [{ mode: 'crashloop' }]).mode).toBe('ready');
    expect(fateOf(pod(), [{ mode: 'app-crash' }]).mode).toBe('app-crash');
  });
});
