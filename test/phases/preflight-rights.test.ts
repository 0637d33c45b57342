import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS, type Command } from '../../src/config/config.ts';
import { preflightRights } from '../../src/phases/preflight-rights.ts';
import { needsOf, type NeedsScope } from '../../src/plan/needs.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { allowedBy, eachWithoutOne, type Role, rolesIn } from '../fakes/rbac.ts';

const SCOPE: NeedsScope = { istioNamespace: 'istio-system', removeSource: 'auto' };
const documented = (command: Command): readonly Role[] =>
  rolesIn(readFileSync(new URL(`../../docs/rbac/${command}.yaml`, import.meta.url), 'utf8'));

/** Mesh config of these groups is served, one kind of each. */
const CRDS = ['networking.istio.io', 'security.istio.io', 'telemetry.istio.io', 'extensions.istio.io'].map((group) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `things.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Thing', plural: 'things' },
    versions: [{ name: 'v1', served: true, storage: true }],
  },
}));

function clusterFor(roles: readonly Role[]): FakeCluster {
  const cluster = new FakeCluster(CRDS);
  cluster.allows = (question) => allowedBy(roles, question);
  return cluster;
}

/** Made by hand: one kind by its name. */
const rule = (resource: string): Role => ({
  kind: 'ClusterRole',
  metadata: { name: 'by-hand' },
  rules: [{ apiGroups: ['networking.istio.io'], resources: [resource], verbs: ['list'] }],
});

/** `verb resource.group`, one a verb. */
const texts = (command: Command, over: Partial<NeedsScope> = {}): readonly string[] =>
  needsOf(command, { ...SCOPE, ...over }).flatMap(({ verbs, resource, group }) =>
    verbs.map((verb) => `${verb} ${resource}.${group}`),
  );

describe.each(COMMANDS)('the documented role of %s', (command) => {
  const needs = needsOf(command, SCOPE);
  const roles = documented(command);

  it('is enough', async () => {
    expect(await preflightRights(clusterFor(roles), needs)).toEqual([]);
  });

  it.each(
    // No cluster here serves the Gateway API, so nobody need list its other kinds.
    eachWithoutOne(roles).filter(({ without }) => without !== 'list *.gateway.networking.k8s.io'),
  )('is missed without $without', async ({ without, roles: lesser }) => {
    const [verb = '', resource = ''] = without.split(' ');
    const findings = await preflightRights(clusterFor(lesser), needs);
    expect(findings.length).toBeGreaterThan(0);
    for (const finding of findings) {
      expect(finding).toMatchObject({ id: 'permission-missing', severity: 'blocks' });
      expect(finding.message).toContain(`these credentials may not ${verb}`);
      expect(finding.message).toContain(resource);
      expect(finding.remedy).toContain(`verbs: ["${verb}"]`);
    }
  });
});

describe('what is missing', () => {
  it('is told with the rule to paste, and what it is for', async () => {
    const roles = eachWithoutOne(documented('promote')).find(({ without }) => without === 'watch deployments.apps');
    expect(await preflightRights(clusterFor(roles?.roles ?? []), needsOf('promote', SCOPE))).toEqual([
      {
        id: 'permission-missing',
        severity: 'blocks',
        subject: 'deployments.apps',
        message:
          'these credentials may not watch deployments.apps; it is needed to restart workloads, to follow them, and to see whether their labels stay',
        remedy: 'Add to the ClusterRole: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["watch"]}.',
      },
    ]);
  });

  it('is told by name and namespace where it is confined to them', async () => {
    const findings = await preflightRights(clusterFor([]), needsOf('status', { ...SCOPE, istioNamespace: 'mesh' }));
    expect(findings.find(({ subject }) => subject === 'configmaps in mesh (istio-canary-upgrade)')).toMatchObject({
      message: expect.stringContaining('may not get istio-canary-upgrade of configmaps in mesh'),
      remedy:
        'Add to the Role in mesh: {apiGroups: [""], resources: ["configmaps"], resourceNames: ["istio-canary-upgrade"], verbs: ["get"]}.',
    });
  });

  it('is told all at once', async () => {
    const needs = needsOf('upgrade', SCOPE).filter(
      ({ resource, group }) => resource !== '*' || group !== 'gateway.networking.k8s.io', // not served here
    );
    expect(await preflightRights(clusterFor([]), needs)).toHaveLength(needs.length);
  });
});

describe('whoever may list every served kind of a group', () => {
  const need = needsOf('plan', SCOPE).filter(({ group }) => group === 'networking.istio.io');

  it('need not be allowed what is not served', async () => {
    expect(await preflightRights(clusterFor([rule('things')]), need)).toEqual([]);
    expect(await preflightRights(clusterFor([rule('others')]), need)).toHaveLength(1);
  });
});

describe('the needs', () => {
  it.each(['plan', 'status'] as const)('of %s are read-only', (command) => {
    for (const text of texts(command)) expect(text).toMatch(/^(?:get|list) /u);
  });

  it('of upgrade are those of its parts', () => {
    const parts = new Set((['start', 'promote', 'complete'] as const).flatMap((command) => texts(command)));
    expect(new Set(texts('upgrade'))).toEqual(parts);
  });

  it('know no Secrets, and no wildcards but to list', () => {
    const all = COMMANDS.flatMap((command) => texts(command));
    expect(all.filter((text) => text.includes('secrets'))).toEqual([]);
    expect(all.filter((text) => text.includes('*') && !text.startsWith('list '))).toEqual([]);
  });

  it('delete nothing where the source stays', () => {
    const deletes = (removeSource: NeedsScope['removeSource']): readonly string[] =>
      texts('complete', { removeSource }).filter((text) => text.startsWith('delete ') && text !== 'delete pods.');
    expect(deletes('keep')).toEqual([]);
    expect(deletes('verify')).toEqual(['delete leases.coordination.k8s.io']);
    expect(deletes('auto')).toContain('delete deployments.apps');
    expect(texts('complete', { removeSource: 'verify' })).toContain('get pods/proxy.');
  });

  it('reach Prometheus through the API server only where that is its address', () => {
    const prometheus = { namespace: 'monitoring', service: 'prometheus:80' };
    expect(texts('plan')).not.toContain('create services/proxy.');
    expect(needsOf('plan', { ...SCOPE, prometheus }).at(-1)).toMatchObject({
      resource: 'services/proxy',
      verbs: ['create'],
      namespace: 'monitoring',
      name: 'prometheus:80',
    });
  });
});
