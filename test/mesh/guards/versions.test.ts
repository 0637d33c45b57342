import { describe, expect, it } from 'vitest';
import type { Companion } from '../../../src/mesh/companions.ts';
import { expectFindings, findingsOf } from './scene.ts';

const beside = (part: Companion['part'], version: string, object = 'DaemonSet kube-system/it'): Companion => ({
  part,
  object,
  version,
});
const crd = (version: string, name = 'a'): Companion => beside('crds', version, `CustomResourceDefinition ${name}`);

describe('what the guards say about what is installed beside istiod, the target being 1.32.0', () => {
  expectFindings([
    [{ snapshot: { companions: [crd('1.32.0'), crd('1.33.1')] } }, [], 'CRDs of the target, or newer'],
    [
      { snapshot: { companions: [crd('1.32.0'), crd('1.31.4', 'b')] } },
      ['overridable outdated-crds: CustomResourceDefinition b'],
      'some are a minor version behind',
    ],
    [{ snapshot: { companions: [beside('cni', '1.31.9'), beside('ztunnel', '1.32.0')] } }, [], 'they fit both'],
    [
      { snapshot: { companions: [beside('cni', '1.30.9')] } },
      ['overridable cni-skew: DaemonSet kube-system/it'],
      'two behind',
    ],
    [
      { snapshot: { companions: [beside('ztunnel', '1.33.0')] } },
      ['overridable ztunnel-skew: DaemonSet kube-system/it'],
      'one ahead',
    ],
  ]);

  it('says how many CRDs, and how to upgrade them', () => {
    const companions = [crd('1.31.4', 'b'), crd('1.31.4', 'c'), crd('1.31.4', 'd')];
    const [finding] = findingsOf({ snapshot: { companions } });
    expect(finding?.message).toContain(
      'CustomResourceDefinition b and 2 more are of Istio 1.31.4 and the target is 1.32.0',
    );
    expect(finding?.remedy).toContain('helm upgrade istio-base istio/base --version 1.32.0');
  });
});
