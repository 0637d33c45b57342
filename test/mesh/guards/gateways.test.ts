import { describe } from 'vitest';
import { asTag } from '../../../src/mesh/names.ts';
import { anUninjectedWorkload, aPod, aTag, aWorkload } from '../../builders/snapshot.ts';
import { expectFindings, rev } from './scene.ts';

describe('what the guards say about gateways', () => {
  expectFindings([
    [
      {
        snapshot: {
          tags: [aTag('prod-canary', '1-31'), aTag('prod-stable', '1-31')],
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('prod-stable') })],
          pods: [aPod({ namespace: 'edge' })],
        },
        frozen: { tag: asTag('prod-canary') },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'it follows another tag than the one that moves',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('1-31') })],
        },
      },
      ['blocks gateway-fixed-image: Deployment edge/api'],
      'no restart upgrades it',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('1-31') })],
        },
        frozen: { gateways: { kind: 'none' } },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'left out: no gateways at all',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('1-31') })],
        },
        frozen: { gateways: { kind: 'listed', gateways: [{ namespace: 'edge', name: 'other' }] } },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'left out: not among those listed',
    ],
    [
      {
        snapshot: {
          workloads: [aWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('1-31') })],
        },
        frozen: { excludeNamespaces: [{ kind: 'glob', pattern: 'edge' }] },
      },
      ['notice gateway-fixed-image: Deployment edge/api'],
      'left out: its namespace is excluded',
    ],
    [
      {
        snapshot: {
          workloads: [anUninjectedWorkload({ namespace: 'edge', gateway: 'fixed-image', templateLabels: rev('1-30') })],
        },
      },
      [],
      'another revision’s gateway is none of this upgrade’s',
    ],
  ]);
});
