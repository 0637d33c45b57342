// What would be done to this mesh? Discovery, guards and the plan, without a write; shared by `plan` and by a first
// `start` or `upgrade`.
import type { Finding } from '../mesh/finding.ts';
import { guards } from '../mesh/guards.ts';
import { resolveSource } from '../mesh/guards/source.ts';
import { versionFindings } from '../mesh/guards/versions.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { readMesh } from '../phases/discover.ts';
import { checkInstall } from '../phases/check-install.ts';
import { checkServices } from '../phases/check-services.ts';
import { checkDiscovery } from '../phases/read-discovery.ts';
import { canPin } from '../plan/labels.ts';
import { createPlan } from '../plan/create-plan.ts';
import type { Ending } from '../plan/ending.ts';
import { rollAhead } from '../plan/gateways.ts';
import type { Journal } from '../plan/journal.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { names } from '../slo/sentence.ts';
import type { Run } from './run.ts';

export interface Planned {
  readonly snapshot: MeshSnapshot;
  /** Absent where there can be no plan; then a finding blocks. */
  readonly plan?: UpgradePlan;
  readonly findings: readonly Finding[];
  /** The tag points to the target and nothing runs on another revision. */
  readonly alreadyThere: boolean;
}

/** `last`: the journal of the last attempt, where there was one. */
export async function makePlan(run: Run, last?: Journal): Promise<Planned> {
  const { config, world, prometheusNamespace } = run;
  const { frozen } = config;
  const snapshot = await readMesh(world.cluster, frozen.istioNamespace);
  const target = frozen.targetRevision;
  if (target === undefined) throw new Error('a plan needs a target revision; parseConfig requires it');
  const tag = snapshot.tags.find((candidate) => candidate.tag === frozen.tag);
  const elsewhere = snapshot.pods.filter(
    (pod) => !pod.finished && pod.injected !== undefined && pod.injected !== target,
  );
  const alreadyThere =
    tag?.revision === target &&
    elsewhere.length === 0 &&
    snapshot.controlPlanes.every((plane) => plane.revision === target);
  if (alreadyThere) return { snapshot, findings: [], alreadyThere };
  const source = resolveSource(snapshot, frozen);
  if (typeof source !== 'string') return { snapshot, findings: [source], alreadyThere };
  const findings = guards(snapshot, frozen, { source, target, ...runnerIn(snapshot, run) });
  const made = createPlan({
    snapshot,
    frozen,
    source,
    target,
    ...(last === undefined ? {} : { last }),
    ...(prometheusNamespace === undefined ? {} : { prometheusNamespace }),
  });
  if (made.kind === 'problems') return { snapshot, findings: [...findings, ...made.problems], alreadyThere };
  const plan = made.value;
  const services = await checkServices(world.cluster, plan, snapshot);
  return { snapshot, plan, findings: [...findings, ...pinFinding(snapshot, plan), ...services], alreadyThere };
}

/** What speaks against the target, installed or to be: what would be written, whether its version fits, and what it would not discover. */
export async function installFindings(
  { world }: Run,
  { snapshot, plan }: Planned,
  verbs?: readonly string[],
): Promise<readonly Finding[]> {
  if (plan === undefined) return [];
  const { source, target } = plan;
  const { findings: ofInstall, version, rendered } = await checkInstall(world, plan, verbs);
  const findings = [...ofInstall, ...(await checkDiscovery(world.cluster, plan, snapshot, rendered))];
  const planes = snapshot.controlPlanes;
  // One that is there already has been looked at by the guards.
  if (version === undefined || planes.some(({ revision }) => revision === target)) return findings;
  const from = planes.find(({ revision }) => revision === source)?.version;
  const { companions } = snapshot;
  return [...findings, ...versionFindings({ source, target, from, to: version, companions })];
}

/** Where `alreadyThere` says that there is nothing to plan. */
export const alreadyThereEnding = ({ config }: Run): Ending => ({
  kind: 'nothing-to-do',
  reasonCode: 'ok',
  sentence: `the mesh already runs on ${config.frozen.targetRevision ?? 'the target'}`,
  next: 'Nothing is left to do.',
  findings: [],
});

/** The namespace of the pod that we are, where it is a pod of this very cluster. */
function runnerIn({ pods }: MeshSnapshot, { runnerPod }: Run): { readonly runnerNamespace?: string } {
  const isOurs = pods.some(({ namespace, name }) => namespace === runnerPod?.namespace && name === runnerPod.name);
  return isOurs && runnerPod !== undefined ? { runnerNamespace: runnerPod.namespace } : {};
}

/** Said before anything moves: what waits may drift, because no label can hold it. */
function pinFinding(snapshot: MeshSnapshot, plan: UpgradePlan): readonly Finding[] {
  if (plan.strategy !== 'tag' || !plan.pinWaiting || canPin(plan)) return [];
  const ahead = rollAhead(snapshot, plan);
  const gateways = ahead.length === 0 ? '' : `, and istiod rolls their Gateways at once (${names(ahead, 10)})`;
  return [
    {
      id: 'cannot-pin',
      severity: 'notice',
      subject: `revision ${plan.source}`,
      message: `the source has no revision name of its own, so namespaces that wait, or are excluded, can't be pinned to it: once the tag has moved, a pod of theirs that is recreated gets the target's proxy${gateways}`,
      remedy: 'Use `strategy: relabel`, which leaves the tag on the source until `complete`.',
    },
  ];
}
