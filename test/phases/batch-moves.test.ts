// What does a batch move of a namespace that moves by its pod templates, and what is said of the rest of it?
import { expect, it } from 'vitest';
import type { MeshSnapshot, Workload } from '../../src/mesh/snapshot.ts';
import { batchMoves } from '../../src/phases/upgrade-namespaces.ts';
import { createPlan } from '../../src/plan/create-plan.ts';
import { stateOf } from '../../src/plan/state-of.ts';
import { undoneSince } from '../../src/plan/undone-since.ts';
import { usersLeft } from '../../src/plan/users-left.ts';
import { frozenConfig } from '../builders/config.ts';
import { aJournal } from '../builders/plan.ts';
import {
  aGatewayDeployment,
  aNamespace,
  anApiGateway,
  aPod,
  aSnapshot,
  aTag,
  aWorkload,
  SOURCE,
  TARGET,
} from '../builders/snapshot.ts';
import { FakeCluster } from '../fakes/fake-cluster.ts';
import { fakeSession } from '../fakes/session.ts';

const inject = { templateLabels: { 'sidecar.istio.io/inject': 'true' } };
const [app, gateway, follower, api] = [
  aWorkload({ namespace: 'shop', name: 'app', ...inject }),
  aWorkload({ namespace: 'shop', name: 'gw', gateway: 'injected', ...inject }),
  aWorkload({ namespace: 'shop', name: 'follower', templateLabels: { 'istio.io/rev': 'stable' } }),
  aGatewayDeployment({ namespace: 'shop' }),
];
const meshOf = (workloads: readonly Workload[], tag: string, stable: string): MeshSnapshot =>
  aSnapshot({
    namespaces: [aNamespace('shop', {})],
    tags: [aTag('default', tag), aTag('stable', stable)],
    workloads,
    pods: workloads.map(({ ref }) => aPod({ of: ref })),
    apiGateways: [anApiGateway({ namespace: 'shop', requested: tag === TARGET ? TARGET : SOURCE })],
  });
const asks = (workload: Workload): Workload => ({ ...workload, requested: TARGET });

const before = meshOf([app, gateway, follower, api], SOURCE, SOURCE);
const made = createPlan({
  snapshot: before,
  frozen: frozenConfig({ gateways: { kind: 'none' }, batches: [{ kind: 'rest' }] }),
  source: SOURCE,
  target: TARGET,
});
if (made.kind === 'problems') throw new Error(made.problems.map(({ message }) => message).join('; '));
const plan = made.value;
const [batch] = plan.batches;
if (batch === undefined) throw new Error('the plan has no batch');
/** Both tags have moved: the upgrade's own by it, the other by somebody else. */
const after = meshOf([asks(app), asks(gateway), asks(follower), api], TARGET, TARGET);

it('moves what the plan has chosen, and neither a gateway nor a follower of another tag, wherever that points', () => {
  expect(plan.leftAlone).toEqual([
    'Deployment shop/follower: follows the tag stable, stays on 1-31',
    "Deployment shop/gw: not chosen, but follows tag default: its next pods get the target's proxy",
    'Gateway shop/web: not chosen, but rolls by itself with tag default',
  ]);
  const { session } = fakeSession(new FakeCluster([]), aJournal({ plan }));
  expect(batchMoves(session, after, batch)).toEqual({
    items: [{ ref: app.ref, how: { kind: 'restart' } }],
    leftOver: [],
  });
});

it('is wholly moved, and undone in nothing, while those are still on the source, and they were foreseen there', () => {
  const pods = after.pods.map((pod) => (pod.workload === app.ref ? aPod({ of: app.ref, injected: TARGET }) : pod));
  expect(stateOf({ ...after, pods }, plan)).toMatchObject({ moved: 1, total: 1 });
  expect(undoneSince({ plan }, { ...after, pods })).toEqual([]);
  const users = usersLeft(before, plan).join();
  for (const name of ['shop/gw', 'shop/follower']) expect(users).toContain(name);
  expect(users).not.toContain('shop/app');
});
