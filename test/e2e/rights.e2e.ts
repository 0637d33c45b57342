// Are the documented roles exactly enough? Whole upgrades, at once and step by step, each command with its own role and nothing else,
// and the API server's audit log beside the table. Every verb of every command is taken away in test/commands/rights.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMANDS, type Command } from '../../src/config/config.ts';
import { covers, type Need, needsOf } from '../../src/plan/needs.ts';
import { inParallel } from '../../src/shared/in-parallel.ts';
import type { ActionResult } from '../bundle/harness.ts';
import type { AuditedRequest } from '../cluster/audit.ts';
import { eachWithoutOne, type Lesser } from '../fakes/rbac.ts';
import type { Picture } from '../mesh-builder/observe.ts';
import { apiGateway, daemonSet, deployment, injectedGateway, namespace, statefulSet } from '../mesh-builder/pieces.ts';
import { CI, documented, userWith } from './documented-user.ts';
import { smallGraph } from './small-mesh.ts';
import { type Inputs, openStage, type Stage, SOURCE, TARGET, targetFails } from './stage.ts';

const SCOPE = { istioNamespace: 'istio-system', removeSource: 'auto' } as const;
/** Another revision of the target's version: the second upgrade goes there. */
const NEXT = '1-32-next';
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

/** What the first test made fail, in the hour before, must not stop what is tested here. */
const run = async (command: Command, inputs: Inputs = {}): Promise<ActionResult> =>
  stage.run(command, {
    'expect-cluster': uid,
    kubeconfig: users.get(command) ?? '',
    accept: 'baseline-over-limit',
    ...inputs,
  });

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

/** Nor must a gateway without traffic. */
const each = { batches: 'web\npayments, plain', 'on-no-traffic': 'pass' };
const toNext = { ...each, 'target-revision': NEXT };

/** As planned just before. */
async function begin(command: 'upgrade' | 'start', inputs: Inputs): Promise<ActionResult> {
  const plan = await run('plan', inputs);
  expect(plan.outputs).toMatchObject({ ending: 'planned' });
  expect(plan.stdout).toContain('read-only');
  return run(command, { ...inputs, 'plan-hash': plan.outputs['plan-hash'] ?? '' });
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

  it('carries another one to its end at once, the source removed', async () => {
    const done = await begin('upgrade', each);
    expect(done.outputs).toMatchObject({ ending: 'completed', 'reason-code': 'ok', 'target-revision': TARGET });
  });

  it('carries the next one to the batches', async () => {
    await stage.cluster.installIstio('1.32', { revision: NEXT, args: ['--set', 'components.base.enabled=false'] });
    expect((await begin('start', toNext)).outputs).toMatchObject({ ending: 'started', 'source-revision': TARGET });
    expect((await run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '1' });
  });
});

/** Without one verb: each that `promote` has, each that `start` has beyond it, and some of what it takes to remove the source. */
const LESSER: Readonly<Record<'promote' | 'start' | 'upgrade' | 'complete', readonly Lesser[]>> = {
  promote: eachWithoutOne(documented('promote')),
  start: beyondPromote('start'),
  upgrade: beyondPromote('upgrade').filter((_, index) => index % 4 === 0),
  complete: beyondPromote('complete').filter((_, index) => index % 4 === 2),
};

describe('a role that lacks one verb', () => {
  it.each([
    ['promote', {}],
    ['start', toNext],
    ['upgrade', toNext],
  ] as const)(
    'is refused to %s before the first write, and the rule to paste is named',
    async (command, inputs) => {
      expect(await notRefused(command, inputs)).toEqual([]);
      expect(writtenByLesser()).toEqual([]);
    },
    600_000,
  );
});

describe('the last ones', () => {
  it('move the rest', async () => {
    expect((await run('promote')).outputs).toMatchObject({ ending: 'promoted', batch: '2' });
  });

  it('are refused to complete where a verb is missing', async () => {
    expect(await notRefused('complete', {})).toEqual([]);
    expect(writtenByLesser()).toEqual([]);
  }, 600_000);

  it('finish the upgrade', async () => {
    expect((await run('complete')).outputs).toMatchObject({ ending: 'completed', 'target-revision': NEXT });
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

/** Those that were not refused for it, or not told the rule. */
async function notRefused(command: keyof typeof LESSER, inputs: Inputs): Promise<readonly object[]> {
  const lesser = LESSER[command];
  const attempts = await inPairs(lesser, async ({ without, roles }, index) => {
    const { outputs, summary } = await run(command, {
      ...inputs,
      kubeconfig: await userWith(stage.cluster, `lesser-${command}-${String(index)}`, roles),
      'expect-cluster': '', // by UID it would be refused for another reason
    });
    const { ending, 'reason-code': code } = outputs;
    return { without, ending, code, told: summary.includes('verbs: ') };
  });
  const wrong = attempts.filter(
    ({ ending, code, told }) => ending !== 'refused' || code !== 'permission-missing' || !told,
  );
  const refused = String(lesser.length - wrong.length);
  const all = String(eachWithoutOne(documented(command)).length);
  process.stdout.write(`${command} was refused without each of ${refused} permissions, of the ${all} that it has\n`);
  return wrong;
}
const writtenByLesser = (): readonly AuditedRequest[] =>
  ofUsers(/:lesser-/).filter(({ verb, resource }) => !READS.has(verb) && !BASIC.has(resource));

/** Hoisted: the table above is made of it. */
function beyondPromote(command: Command): readonly Lesser[] {
  const known = new Set(eachWithoutOne(documented('promote')).map(({ without }) => without));
  return eachWithoutOne(documented(command)).filter(({ without }) => !known.has(without));
}

const READS = new Set(['get', 'list', 'watch']);
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
