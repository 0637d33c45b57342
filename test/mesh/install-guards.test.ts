// Is nobody's object overwritten, and nobody's default seized?
import { describe, expect, it } from 'vitest';
import { defaultOwnerOf, istioctlWouldSeizeDefault, sayDefaultOwner } from '../../src/mesh/default-owner.ts';
import type { KubeObject, WebhookConfigurationObject } from '../../src/mesh/kinds.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { verifyOverwrites } from '../../src/mesh/overwrite-guard.ts';

const target = asRevision('1-32-0');
const plan = { source: asRevision('1-31-0'), target };
const REV = 'istio.io/rev';

const kept = (labels?: Record<string, string>, annotations?: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: 'istiod-1-32-0',
    namespace: 'istio-system',
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  },
});

describe('objects that exist already', () => {
  const helm = { 'meta.helm.sh/release-name': 'istiod-1-32-0', 'meta.helm.sh/release-namespace': 'istio-system' };
  const rows = [
    ['of the target: installed before', kept({ [REV]: '1-32-0' }), kept({ [REV]: '1-32-0' }), 'istioctl', []],
    ['unlabelled on both sides: the chart labels no ServiceAccount', kept(), kept(), 'manifest', []],
    ['labelled by istioctl, rendered without', kept(), kept({ [REV]: '1-32-0' }), 'istioctl', []],
    ['of another revision', kept(), kept({ [REV]: '1-31-0' }), 'istioctl', ['install-overwrites']],
    ['labelled by nobody, to be labelled by us', kept({ [REV]: '1-32-0' }), kept(), 'manifest', ['install-overwrites']],
    ['kept by a Helm release', kept(), kept({}, helm), 'istioctl', ['install-owned-by-another']],
    ['kept by the same helm', kept(), kept({}, helm), 'helm', []],
  ] as const;
  for (const [reason, rendered, live, install, ids] of rows) {
    it(`${ids.length === 0 ? 'may' : 'may not'} be written when they are ${reason}`, () => {
      expect(verifyOverwrites([{ rendered, live }], target, install).map(({ id }) => id)).toEqual(ids);
    });
  }
});

const injector = (
  name: string,
  labels: Record<string, string>,
  namespaceSelector: object = {},
): WebhookConfigurationObject => ({
  metadata: { name, labels },
  webhooks: [
    { name: 'namespace.sidecar-injector.istio.io', clientConfig: {}, namespaceSelector: { ...namespaceSelector } },
  ],
});

describe('the default', () => {
  const tag = injector('istio-revision-tag-default', { 'istio.io/tag': 'default', [REV]: '1-31-0' });
  const unrevisioned = injector('istio-sidecar-injector', { [REV]: 'default' });
  const deactivated = injector(
    'istio-sidecar-injector',
    { [REV]: 'default' },
    { matchLabels: { 'istio.io/deactivated': 'never-match' } },
  );
  const validator: WebhookConfigurationObject = {
    metadata: { name: 'istiod-default-validator' },
    webhooks: [{ name: 'v', clientConfig: { service: { namespace: 'istio-system', name: 'istiod-1-31-0' } } }],
  };

  it('is owned by whom the tag names, and by an injector without revision unless that is switched off', () => {
    expect(defaultOwnerOf([tag, deactivated], [validator])).toEqual({
      tag: '1-31-0',
      unrevisioned: false,
      validators: ['Service istio-system/istiod-1-31-0'],
    });
    expect(sayDefaultOwner(defaultOwnerOf([unrevisioned], []))).toBe(
      'no tag `default`, injector without revision switched on, default validator absent',
    );
  });

  it('would be seized by istioctl where there is no tag `default`, whoever injects now', () => {
    expect(istioctlWouldSeizeDefault(defaultOwnerOf([tag], []), plan)).toEqual([]);
    expect(istioctlWouldSeizeDefault(defaultOwnerOf([unrevisioned], []), plan)).toMatchObject([
      { severity: 'blocks', remedy: expect.stringContaining('istioctl tag set default --revision default') },
    ]);
    expect(istioctlWouldSeizeDefault(defaultOwnerOf([], []), plan)).toMatchObject([
      { severity: 'blocks', remedy: expect.stringContaining('`istioctl tag set default --revision 1-31-0`') },
    ]);
  });
});
