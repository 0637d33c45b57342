import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { carryOn } from '../../src/commands/carry-on.ts';
import { plan } from '../../src/commands/plan.ts';
import { status } from '../../src/commands/status.ts';
import type { Command } from '../../src/config/config.ts';
import type { Ending } from '../../src/plan/ending.ts';
import type { Journal } from '../../src/plan/journal.ts';
import { aJournal } from '../builders/plan.ts';
import type { FakeCluster } from '../fakes/fake-cluster.ts';
import { allowedBy, eachWithoutOne, type Role, rolesIn } from '../fakes/rbac.ts';
import { fakeRun, meshInMemory } from '../fakes/run.ts';

const documented = (command: Command): readonly Role[] =>
  rolesIn(readFileSync(new URL(`../../docs/rbac/${command}.yaml`, import.meta.url), 'utf8'));
const STARTED = aJournal({ install: 'done', pin: 'done', tag: 'done', gateways: 'done' });
const MOVED = { ...STARTED, batches: STARTED.batches.map((batch) => ({ ...batch, status: 'passed' }) as const) };
const writes = (cluster: FakeCluster): readonly string[] =>
  cluster.requests
    .filter(({ verb, dryRun }) => !dryRun && verb !== 'get' && verb !== 'list' && verb !== 'proxy')
    .map(({ verb, kind }) => `${verb} ${kind}`);

async function endingOf(command: Command, roles: readonly Role[], journal?: Journal): Promise<[Ending, FakeCluster]> {
  const cluster = meshInMemory();
  cluster.allows = (question) => allowedBy(roles, question);
  const run = fakeRun(cluster, command, journal);
  if (command === 'plan') return [await plan(run), cluster];
  if (command === 'status') return [await status(run), cluster];
  return [await carryOn(run, command), cluster];
}

/** What no CRD here makes anybody list. */
const UNSERVED = /^list \*\./;
/** What tells clusters apart for `expect-cluster`, and nothing else. */
const UID = 'get namespaces named kube-system';

describe.each([
  ['upgrade', undefined],
  ['start', undefined],
  ['promote', STARTED],
  ['complete', MOVED],
  ['plan', undefined],
  ['status', STARTED],
] as const)('%s', (command, journal) => {
  it.each(eachWithoutOne(documented(command)).filter(({ without }) => !UNSERVED.test(without) && without !== UID))(
    'writes nothing without the right to $without, and names it',
    async ({ without, roles }) => {
      const [ending, cluster] = await endingOf(command, roles, journal);
      const missing = ending.findings.filter(({ id }) => id === 'permission-missing');
      expect(ending.kind).toBe('refused');
      expect(missing.map(({ message }) => message).join('\n')).toContain(`may not ${without.split(' ')[0] ?? ''} `);
      expect(writes(cluster)).toEqual([]);
    },
  );
});

it.each([
  ['plan', 'planned'],
  ['status', 'status'],
] as const)('%s does without the UID of kube-system', async (command, ending) => {
  const [lesser] = eachWithoutOne(documented(command)).filter(({ without }) => without === UID);
  const [{ kind }] = await endingOf(command, lesser?.roles ?? []);
  expect(kind).toBe(ending);
});

describe('a rollback', () => {
  it('is refused for no right that only `expect-cluster` has a use for', async () => {
    const reads = documented('rollback').map((role) => ({
      ...role,
      rules: role.rules.map((rule) => ({
        ...rule,
        verbs: rule.resources.includes('namespaces') ? ['list', 'patch'] : rule.verbs,
      })),
    }));
    const [{ kind }] = await endingOf('rollback', reads, STARTED);
    expect(kind).toBe('rolled-back');
  });

  it('is refused only where it cannot look', async () => {
    const [ending] = await endingOf('rollback', [], STARTED);
    expect(ending).toMatchObject({ kind: 'refused', reasonCode: 'permission-missing' });
  });
});

describe('a plan made with read-only credentials', () => {
  it('says in one notice what they could not do', async () => {
    const [{ kind, findings }] = await endingOf('plan', documented('plan'));
    expect(kind).toBe('planned');
    expect(findings.filter(({ id }) => id === 'read-only')).toMatchObject([
      { severity: 'notice', message: expect.stringContaining('may plan, but not `upgrade`') },
    ]);
  });

  it('says nothing of the kind to whoever may do everything', async () => {
    const [{ findings }] = await endingOf('plan', documented('upgrade'));
    expect(findings.filter(({ id }) => id === 'read-only')).toEqual([]);
  });
});
