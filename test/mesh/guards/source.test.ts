import { describe } from 'vitest';
import { aControlPlane, aTag } from '../../builders/snapshot.ts';
import { expectFindings } from './scene.ts';

const down = [{ name: 'istiod-1-31', replicas: 1, available: 0 }];

describe('what the guards say about the source', () => {
  expectFindings([
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { deployments: down }), aControlPlane('1-32')] } },
      ['blocks source-unavailable: revision 1-31'],
      'a rollback needs it alive',
    ],
    [
      { snapshot: { controlPlanes: [aControlPlane('1-31', { deployments: [] }), aControlPlane('1-32')] } },
      ['blocks source-unavailable: revision 1-31'],
      'no Deployment at all',
    ],
    [
      {
        snapshot: {
          controlPlanes: [
            aControlPlane('1-31', { deployments: [], clientConfig: { url: 'https://istiod.example/inject' } }),
            aControlPlane('1-32'),
          ],
          tags: [aTag('default', '1-31', { clientConfig: { url: 'https://istiod.example/inject' } })],
        },
      },
      [],
      'an istiod outside the cluster has no Deployment here',
    ],
  ]);
});
