import { describe } from 'vitest';
import { asTag } from '../../../src/mesh/names.ts';
import { aNamespace, aTag, aWorkload } from '../../builders/snapshot.ts';
import { enabled, expectFindings, rev, type Row } from './scene.ts';

/** The one that moves, and another one beside it. */
const canary = { tag: asTag('prod-canary') };
const tags = ['default', 'prod-canary', 'prod-stable'].map((tag) => aTag(tag, '1-31'));

describe('what the guards say about namespaces', () => {
  expectFindings([
    [
      { snapshot: { namespaces: [aNamespace('shop', { ...enabled, ...rev('1-32') })] } },
      ['overridable both-injection-labels: namespace shop'],
      'istio-injection wins without a word',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('shop', { ...enabled, ...rev('1-32') })] },
        frozen: { excludeNamespaces: [{ kind: 'glob', pattern: 's*' }] },
      },
      [],
      'not in scope',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('jobs', {})], workloads: [aWorkload({ namespace: 'jobs' })] },
      },
      ['notice moves-in-phase-3: namespace jobs'],
      'it can’t be pinned',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('jobs', {})], workloads: [aWorkload({ namespace: 'jobs' })] },
        frozen: { strategy: 'relabel' },
      },
      [],
      'the tag moves last',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: rev('1-31') })],
        },
      },
      [],
      'its template names the revision: the tag’s move changes nothing',
    ],
    [
      {
        snapshot: {
          namespaces: [aNamespace('edge', {})],
          workloads: [aWorkload({ namespace: 'edge', gateway: 'injected' })],
        },
      },
      [],
      'gateways have a phase of their own',
    ],
    ...[rev('prod-stable'), { 'sidecar.istio.io/inject': 'true' }].map((templateLabels): Row => [
      {
        snapshot: {
          tags,
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels })],
        },
        frozen: canary,
      },
      [],
      `the tag that moves is not the one it follows by ${Object.keys(templateLabels).join()}`,
    ]),
    [
      {
        snapshot: {
          tags,
          namespaces: [aNamespace('jobs', {})],
          workloads: [aWorkload({ namespace: 'jobs', templateLabels: rev('prod-canary') })],
        },
        frozen: canary,
      },
      ['notice moves-in-phase-3: namespace jobs'],
      'it follows the tag that moves',
    ],
    ...[{ ...enabled }, rev('prod-stable'), {}].map((labels): Row => [
      {
        snapshot: {
          tags,
          namespaces: [aNamespace('runners', labels)],
          workloads: [aWorkload({ namespace: 'runners', templateLabels: rev('prod-stable') })],
        },
        frozen: canary,
        runnerNamespace: 'runners',
      },
      [],
      `no batch restarts what follows another tag, by ${Object.keys(labels).join() || 'its pod templates'}`,
    ]),
    [
      { snapshot: { namespaces: [aNamespace('runners')] }, runnerNamespace: 'runners' },
      ['blocks runner-namespace: namespace runners'],
      'the batch would restart the run itself',
    ],
    [
      {
        snapshot: { namespaces: [aNamespace('runners')] },
        runnerNamespace: 'runners',
        frozen: { excludeNamespaces: [{ kind: 'glob', pattern: 'runners' }] },
      },
      [],
      'it is excluded',
    ],
    [{ snapshot: { namespaces: [aNamespace('runners', {})] }, runnerNamespace: 'runners' }, [], 'nothing moves there'],
  ]);
});
