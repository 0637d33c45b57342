import { describe, expect, it } from 'vitest';
import { tagsOf } from '../../src/mesh/tags.ts';
import { rawInjector, rawMesh, rawTag } from '../builders/raw.ts';

describe('tagsOf', () => {
  it('joins the injector, the Service and, for `default`, the validator', () => {
    expect(tagsOf(rawMesh())).toEqual([
      {
        tag: 'default',
        revision: '1-31',
        injector: 'istio-revision-tag-default',
        clientConfig: rawInjector('1-31').webhooks?.[0]?.clientConfig,
        owner: { kind: 'istioctl' },
        service: 'istiod-revision-tag-default',
        validator: { name: 'istiod-default-validator', owner: { kind: 'unknown' } },
      },
    ]);
  });

  it('has neither Service (before Istio 1.28) nor validator for a named tag of old', () => {
    const [tag] = tagsOf({ ...rawMesh({ mutating: [rawTag('prod', '1-31')] }), services: [] });
    expect(tag).not.toHaveProperty('service');
    expect(tag).not.toHaveProperty('validator');
  });

  it('notices webhooks of one tag that call different control planes', () => {
    const webhooks = [
      ...(rawTag('prod', '1-31').webhooks ?? []).slice(0, 1),
      ...(rawTag('prod', '1-32').webhooks ?? []),
    ];
    expect(tagsOf(rawMesh({ mutating: [rawTag('prod', '1-31', { webhooks })] }))[0]?.mixed).toBe(true);
  });

  it('reports what the label says and what is called, side by side', () => {
    const webhooks = rawTag('prod', '1-31').webhooks ?? [];
    const [tag] = tagsOf(rawMesh({ mutating: [rawTag('prod', '1-32', { webhooks })] }));
    expect([tag?.revision, tag?.clientConfig?.service?.name]).toEqual(['1-32', 'istiod-1-31']);
  });
});
