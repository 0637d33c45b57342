// Are the documented roles exactly enough? Whole upgrades, each command with its own role and nothing else, and the API
// server's audit log beside the table.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, type Command } from '../../src/config/config.ts';
import { covers, type Need, needsOf } from '../../src/plan/needs.ts';
import { inParallel } from '../../src/shared/in-parallel.ts';
import type { ActionResult } from '../bundle/harness.ts';
import type { AuditedRequest } from '../cluster/audit.ts';
import { eachWithoutOne } from '../fakes/rbac.ts';
import type { Picture } from '../mesh-builder/observe.ts';
import { apiGateway, daemonSet, deployment, injectedGateway, namespace, statefulSet } from '../mesh-builder/pieces.ts';
import { CI, documented, userWith } from './documented-user.ts';
import { smallGraph } from './small-mesh.ts';
import { type Inputs, openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

const SCOPE = { istioNamespace: 'istio-system', removeSource: 'auto' } as const;
/** Open to everyone who is logged in (`system:basic-user`). */
const BASIC = new Set(['selfsubjectaccessreviews', 'selfsubjectreviews']);

/** What these runs have no use for, and who has. */
const ELSEWHERE: readonly { readonly need: RegExp; readonly because: string }[] = [
  { need: /^get (?:mutating|validating)webhookconfigurations$/, because: 'only where a write lost a race' },
  { need: /^get services$/, because: 'only where a write lost a race' },
  { need: /^delete pods$/, because: 'only a StatefulSet whose pod never gets ready needs it (rollout-failures)' },
  { need: /^list events$/, because: 'only where pods are not created (test:slow) or not started (rollout-failures)' },
  {
    need: /^(?:get|delete) (?:endpointslices|networkpolicies|poddisruptionbudgets|validatingadmissionpolic\w+)$/,
    because: 'the minimal profile of istioctl renders none',
  },
];

let stage: Stage;
let uid: string;
let before: Picture;
const users = new Map<string, string>();

const run = async (command: Command, inputs: Inputs = {}): Promise<ActionResult> =>
  stage.run(command, { 'expect-cluster': uid, kubeconfig: users.get(command) ?? '', ...inputs });

beforeAll(async () => {
  stage = await openStage({
    auditGroup: `system:serviceaccounts:${CI}`,
    gatewayApi: true,
    parts: [
      namespace('web', { injection: 'enabled' }, deployment('shop', { replicas: 2 }), daemonSet('agent')),
      namespace('payments', { injection: 'enabled' }, deployment('api', { replicas: 2 }), statefulSet('ledger')),
      namespace(
        'plain',
        {},
        deployment('by-template', { rev: SOURCE }),
        statefulSet('stored', { rev: SOURCE }),
        daemonSet('everywhere', { rev: SOURCE }),
      ),
      injectedGateway({ namespace: 'ingress', name: 'gateway', pin: { tag: 'default' } }),
      apiGateway({ namespace: 'open', name: 'named', rev: SOURCE }),
    ],
    graph: smallGraph,
  });
  uid = (await stage.cluster.api.get('/api/v1/namespaces/kube-system')).metadata.uid ?? '';
  await stage.cluster.kubectl(['create', 'namespace', CI]);
  for (const command of COMMANDS) users.set(command, await userWith(stage.cluster, command, documented(command)));
  before = await stage.picture();
});
afterAll(async () => {
  await stage?.stop();
});

/** Neither a gateway without traffic nor what the first test made fail, in the hour before, must stop what is tested here. */
const each = { batches: 'web\npayments, plain', 'on-no-traffic': 'pass', accept: 'baseline-over-limit' };

async function start(): Promise<void> {
  const plan = await run('plan', each);
  expect(plan.outputs).toMatchObject({ ending: 'planned' });
  expect(plan.stdout).toContain('read-only');
  const started = await run('start', { ...each, 'plan-hash': plan.outputs['plan-hash'] ?? '' });
  expect(started.outputs).toMatchObject({ ending: 'started' });
}

describe('each command with its documented role', () => {
  it('carries an upgrade half-way and takes it back', async () => {
    await stage.traffic.setFaults(targetFails('payments'));
    const held = await run('upgrade', { ...each, 'on-fail': 'hold' });
    expect(held.outputs).toMatchObject({ ending: 'held', batch: '2', verdict: 'FAIL' });
    await stage.traffic.clearFaults();
    expect((await run('status')).outputs).toMatchObject({ ending: 'status', 'reason-code': 'waiting' });
    const back = await run('rollback');
    expect(back.outputs).toMatchObject({ ending: 'rolled-back' });
    expect(back.stdout).not.toContain('permission-missing');
    expect(await stage.picture()).toEqual(before);
  });

  it('carries the next one to the batches', async () => {
    await start();
    expect((await run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '1' });
  });
});

describe('a role that lacks one verb', () => {
  it('is refused before the first write, and the rule to paste is named', async () => {
    const lesser = eachWithoutOne(documented('promote')).filter(
      ({ without }, index, all) =>
        all.findIndex((other) => verbOf(other.without) === verbOf(without)) === index || index % 4 === 0,
    );
    const attempts = await inPairs(lesser, async ({ without, roles }, index) => {
      const user = `lesser-${String(index)}`;
      const { outputs, summary } = await run('promote', {
        kubeconfig: await userWith(stage.cluster, user, roles),
        'expect-cluster': '', // by UID it would be refused for another reason
      });
      return {
        without,
        user,
        ending: outputs['ending'],
        code: outputs['reason-code'],
        told: summary.includes('verbs: '),
      };
    });
    expect(attempts.map(({ without, ending, code, told }) => ({ without, ending, code, told }))).toEqual(
      lesser.map(({ without }) => ({ without, ending: 'refused', code: 'permission-missing', told: true })),
    );
    const wrote = ofUsers(/:lesser-\d+$/).filter(({ verb, resource }) => !READS.has(verb) && !BASIC.has(resource));
    expect(wrote).toEqual([]);
    process.stdout.write(`promote was refused without each of ${String(lesser.length)} permissions\n`);
  });
});

describe('the last ones', () => {
  it('finish the upgrade', async () => {
    expect((await run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '2' });
    expect((await run('complete')).outputs).toMatchObject({ ending: 'completed', 'target-revision': TARGET });
  });

  it('asked, all of them, for nothing that is not in the table', () => {
    const strangers = COMMANDS.flatMap((command) => {
      const needs = needsOf(command, SCOPE);
      return asked(command).filter((request) => !needs.some((need) => covers(need, asNeed(request))));
    });
    expect(strangers).toEqual([]);
  });

  it('were refused nothing', () => {
    expect(COMMANDS.flatMap(asked).filter(({ status }) => status === 401 || status === 403)).toEqual([]);
  });

  it('used every verb of the table, but for what other tests use', () => {
    const ran: readonly Command[] = ['plan', 'status', 'upgrade', 'start', 'promote', 'rollback', 'complete'];
    const needs = ran
      .flatMap((command) => needsOf(command, SCOPE))
      .flatMap((need) => need.verbs.map((verb) => ({ ...need, verbs: [verb] })));
    const requests = ran.flatMap(asked).map(asNeed);
    const unused = needs.filter((need) => !requests.some((request) => covers(need, request)));
    const unexplained = unused
      .map((need) => `${need.verbs.join()} ${need.resource}`)
      .filter((text) => !ELSEWHERE.some(({ need }) => need.test(text)));
    expect([...new Set(unexplained)]).toEqual([]);
  });
});

const READS = new Set(['get', 'list', 'watch']);
const verbOf = (without: string): string => without.split(' ')[0] ?? '';
const asNeed = ({ verb, group, resource, namespace: place, name }: AuditedRequest): Need => ({
  group,
  resource,
  verbs: [verb],
  ...(place === undefined ? {} : { namespace: place }),
  ...(name === undefined ? {} : { name }),
  why: '',
});
const ofUsers = (which: RegExp): readonly AuditedRequest[] =>
  stage.cluster.audit?.requests().filter(({ user }) => which.test(user)) ?? [];
const asked = (command: Command): readonly AuditedRequest[] =>
  ofUsers(new RegExp(`:${command}$`)).filter(({ resource }) => !BASIC.has(resource));

/** Two at a time: as many as there are cores. */
async function inPairs<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  await inParallel([...items.entries()], 2, async ([index, item]) => {
    results[index] = await work(item, index);
  });
  return results;
}
