import { describe } from 'vitest';
import { aNamespace, aWorkload } from '../../builders/snapshot.ts';
import { enabled, expectFindings, rev } from './scene.ts';

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
