import { describe } from 'vitest';
import { aControlPlane } from '../../builders/snapshot.ts';
import { expectFindings } from './scene.ts';

describe('what the guards say about the target', () => {
  expectFindings([
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31')] } },
      ['blocks target-not-installed: revision 1-32'],
      'nobody is asked to install it',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31')] }, frozen: { install: { kind: 'istioctl', args: [] } } },
      [],
      'phase 2 will install it',
    ],
    [{ target: '1-31' }, ['blocks target-equals-source: revision 1-31'], 'nothing would change'],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.34.0' })] } },
      ['blocks version-skew: revision 1-32'],
      'three minors ahead, whatever its name says',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: '1.30.9' })] } },
      ['blocks version-skew: revision 1-32'],
      'a minor behind',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31'), aControlPlane('1-32', { version: 'latest' })] } },
      ['notice version-unknown: revision 1-32'],
      'no number to compare',
    ],
  ]);
});
