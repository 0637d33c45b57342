import { describe, expect, it } from 'vitest';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import type { PlannedGateway } from '../../src/plan/plan.ts';
import { planLines, planMarkdown } from '../../src/report/plan-text.ts';
import { gateSettings } from '../builders/config.ts';
import { aPlan, aPlannedNamespace } from '../builders/plan.ts';
import { HOSTILE, UNSAFE } from './hostile.ts';

const GATEWAYS: readonly PlannedGateway[] = [
  { kind: 'restart', workload: { kind: 'Deployment', namespace: 'edge', name: 'ingress' } },
  { kind: 'template-label', workload: { kind: 'DaemonSet', namespace: 'edge', name: 'nodes' }, from: '1-31' },
  { kind: 'gateway-api', namespace: 'web', name: 'public', movedBy: 'tag', from: null },
  { kind: 'gateway-api', namespace: 'web', name: 'own', movedBy: 'own-label', from: '1-31' },
];

describe('a plan for people', () => {
  it('says all that is decided, in the order in which it will be done', () => {
    const plan = aPlan([['canary'], ['orders', 'payments']], {
      gateways: GATEWAYS,
      gatewayNamespaces: [aPlannedNamespace('edge', { pods: 2 })],
      excluded: [aPlannedNamespace('legacy', { pods: 7 })],
      leftAlone: ['namespace odd has both injection labels'],
      install: { kind: 'istioctl', args: ['--set', 'profile=minimal'] },
      gate: gateSettings({ maxErrorRate: { limit: 0.0125, exceptions: [{ pattern: 'legacy-*', limit: 0.055 }] } }),
    });
    expect(planLines(plan)).toEqual([
      'Plan 0123456789ab',
      '  1-31 (1.31.0) → 1-32, tag default, strategy tag, namespaces that wait are pinned',
      '  install: istioctl --set profile=minimal',
      '  gate: error rate at most 1.25 %, legacy-*: 5.5 %; watched 5m to 30m; at least 300 requests; evidence not-disproved; no traffic: hold; comparison on',
      '  on FAIL: rollback; soak 10m; source afterwards: auto',
      '  cluster cluster-uid, Istio in istio-system',
      'Gateways (4)',
      '  Deployment edge/ingress: restart, once tag default has moved',
      '  DaemonSet edge/nodes: pod template label istio.io/rev 1-31 → 1-32',
      '  Gateway web/public: rolls by itself with tag default',
      '  Gateway web/own: rolls by itself with its own label istio.io/rev 1-31 → 1-32',
      'Namespaces that move with their gateways',
      '  edge: istio-injection=enabled, restart; 2 pods in 1 workload',
      'Batch 1 of 2: 1 namespace, 1 pod',
      '  canary: istio-injection=enabled, pinned to 1-31 until then; unpin, restart; 1 pod in 1 workload',
      'Batch 2 of 2: 2 namespaces, 2 pods',
      '  orders: istio-injection=enabled, pinned to 1-31 until then; unpin, restart; 1 pod in 1 workload',
      '  payments: istio-injection=enabled, pinned to 1-31 until then; unpin, restart; 1 pod in 1 workload',
      'Excluded',
      '  legacy: pinned to 1-31; 7 pods',
      'Left alone',
      '  namespace odd has both injection labels',
    ]);
  });

  it.each([
    {
      strategy: 'tag',
      move: 'follows-tag',
      says: 'istio.io/rev=prod, not pinned: new pods move in phase 3; restart',
      reason: 'unpinned follower of a tag',
    },
    {
      strategy: 'relabel',
      move: 'follows-tag',
      says: 'istio.io/rev=prod becomes istio.io/rev=1-32, restart',
      reason: 'relabelled',
    },
    {
      strategy: 'tag',
      move: 'pinned-to-source',
      says: 'istio.io/rev=1-31 becomes istio.io/rev=1-32, restart',
      reason: 'like for like',
    },
    {
      strategy: 'tag',
      move: 'by-template',
      says: 'no label, so never pinned: new pods move in phase 3; restart',
      reason: 'moves early',
    },
    {
      strategy: 'relabel',
      move: 'by-template',
      says: 'no label; pod template labels become istio.io/rev=1-32, for good',
      reason: 'rolled by its label',
    },
  ] as const)('says how a namespace moves: $reason', ({ strategy, move, says }) => {
    const namespace = aPlannedNamespace('payments', { move, original: { injection: null, rev: 'prod' } });
    const plan = aPlan([], {
      strategy,
      pinWaiting: false,
      tag: asTag('prod'),
      source: asRevision('1-31'),
      batches: [{ number: 1, namespaces: [namespace] }],
    });
    expect(planLines(plan)).toContain(`  payments: ${says}; 1 pod in 1 workload`);
  });

  it('says which labels of gateways stay when all is done: under relabel those that named something else', () => {
    const [, pinned, , own] = GATEWAYS.map((gateway) =>
      planLines(aPlan([], { strategy: 'relabel', gateways: [gateway] })).at(-1),
    );
    expect([pinned, own]).toEqual([
      '  DaemonSet edge/nodes: pod template label istio.io/rev 1-31 → 1-32',
      '  Gateway web/own: rolls by itself with its own label istio.io/rev 1-31 → 1-32',
    ]);
    const gateways = [
      { kind: 'template-label', workload: { kind: 'Deployment', namespace: 'edge', name: 'a' }, from: 'default' },
      { kind: 'gateway-api', namespace: 'web', name: 'b', movedBy: 'own-label', from: null },
    ] as const;
    expect(planLines(aPlan([], { strategy: 'relabel', gateways })).slice(-2)).toEqual([
      '  Deployment edge/a: pod template label istio.io/rev default → 1-32, for good',
      '  Gateway web/b: rolls by itself with its own label istio.io/rev none → 1-32, for good',
    ]);
  });

  it.each([
    { over: {}, move: 'follows-tag', says: 'pinned to 1-31', reason: 'held by its label' },
    {
      over: { pinWaiting: false },
      move: 'follows-tag',
      says: 'not pinned: new pods move in phase 3',
      reason: 'nobody wants to hold it',
    },
    {
      over: { source: asRevision('default') },
      move: 'follows-tag',
      says: 'not pinned: new pods move in phase 3',
      reason: 'no label can hold it',
    },
    {
      over: {},
      move: 'by-template',
      says: 'no label, so never pinned: new pods that follow the tag move in phase 3',
      reason: 'a label would inject every pod',
    },
    { over: {}, move: 'pinned-to-source', says: 'stays on 1-31', reason: 'its label names the source' },
    { over: { strategy: 'relabel' }, move: 'follows-tag', says: 'stays on 1-31', reason: 'the tag stays' },
  ] as const)('says whether an excluded namespace stays: $reason', ({ over, move, says }) => {
    const plan = aPlan([], { ...over, excluded: [aPlannedNamespace('legacy', { move })] });
    expect(planLines(plan)).toContain(`  legacy: ${says}; 1 pod`);
  });

  it('says that nothing can be pinned where the source has no name of its own', () => {
    const lines = planLines(aPlan([['payments']], { source: asRevision('default') }));
    expect(lines[1]).toBe('  default (1.31.0) → 1-32, tag default, strategy tag, nothing can be pinned');
    expect(lines).toContain(
      '  payments: istio-injection=enabled, not pinned: new pods move in phase 3; restart; 1 pod in 1 workload',
    );
  });

  it.each(HOSTILE)('as markdown takes $reason literally', ({ text }) => {
    const markdown = planMarkdown(aPlan([[text]], { leftAlone: [text] }));
    expect(markdown).not.toMatch(UNSAFE);
    for (const line of markdown.split('\n')) expect(line).toMatch(/^(?:#### |- |$)/);
    expect(markdown.replaceAll(/<\/?code>/g, '')).not.toMatch(/[<>|]/);
  });

  it('as markdown cuts long lists with a sentence', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `ns-${String(index)}`);
    const markdown = planMarkdown(aPlan([names]));
    expect(markdown).toContain('- … and 900 more, all in the report file');
    expect(markdown).not.toContain('ns-500:');
  });
});
