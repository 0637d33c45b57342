import { describe } from 'vitest';
import { VALIDATING } from '../../../src/mesh/kinds.ts';
import { expectFindings } from './scene.ts';

describe('what the guards say about config objects', () => {
  expectFindings([
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: '1-31' }] } },
      ['overridable pinned-config: ValidatingWebhookConfiguration x'],
      'it vanishes for moved proxies',
    ],
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: '1-32' }] } },
      [],
      'it is meant for the target',
    ],
    [
      { snapshot: { pinnedConfig: [{ ref: { kind: VALIDATING, name: 'x' }, value: 'default' }] } },
      ['notice config-pinned-to-tag: ValidatingWebhookConfiguration x'],
      'tags are not resolved here',
    ],
  ]);
});
