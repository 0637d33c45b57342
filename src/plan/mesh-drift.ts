// What have others changed since the plan was frozen? Each change is named: harmless, or refused with the way out.
// Looks at what this upgrade relies on, and at nothing else; counts of pods and replicas may change as they like.
import type { Finding } from '../mesh/finding.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { asLabels } from './labels.ts';
import { joiners } from './joiners.ts';
import type { Journal } from './journal.ts';
import type { PlannedNamespace } from './plan.ts';
import { foreignLabels, type LabelRestore, labelRestores } from './restore.ts';
import { tagElsewhere } from './tag-position.ts';

/** Findings in the order of the plan. Not for a rollback that is under way, which nothing may keep from going on: the caller sees to that. */
export function meshDrift(journal: Journal, snapshot: MeshSnapshot): readonly Finding[] {
  const restores = labelRestores(journal.written);
  return [
    ...tagDrift(journal, snapshot),
    ...targetDrift(journal, snapshot),
    ...planned(journal).flatMap((namespace) => namespaceDrift(restores, snapshot, namespace)),
    ...joining(journal, snapshot),
  ];
}

const planned = ({ plan }: Journal): readonly PlannedNamespace[] => [
  ...plan.batches.flatMap((batch) => batch.namespaces),
  ...plan.gatewayNamespaces,
  ...plan.excluded,
];

function tagDrift(journal: Journal, snapshot: MeshSnapshot): readonly Finding[] {
  const { tag } = journal.plan;
  const elsewhere = tagElsewhere(journal, snapshot.tags.find((each) => each.tag === tag)?.revision);
  if (elsewhere === undefined) return [];
  const { message, remedy } = elsewhere;
  const orBack = `${remedy} Or run \`rollback\`, which leaves it as it is.`;
  return [{ id: 'tag-moved', severity: 'blocks', subject: `tag ${tag}`, message, remedy: orBack }];
}

/** Batches that were judged ran with another control plane than those that come. */
function targetDrift({ plan, targetVersion }: Journal, snapshot: MeshSnapshot): readonly Finding[] {
  const version = snapshot.controlPlanes.find(({ revision }) => revision === plan.target)?.version;
  if (targetVersion === undefined || version === undefined || version === targetVersion) return [];
  return [
    {
      id: 'target-replaced',
      severity: 'overridable',
      subject: `istiod ${plan.target}`,
      message: `istiod ${plan.target} was ${targetVersion} when this upgrade began and is ${version} now: what has passed was judged with another one`,
      remedy: `Bring istiod ${plan.target} back to ${targetVersion}, or run \`rollback\` and begin again; accept it only where the two differ in nothing that matters.`,
    },
  ];
}

function namespaceDrift(
  restores: readonly LabelRestore[],
  snapshot: MeshSnapshot,
  { name, original }: PlannedNamespace,
): readonly Finding[] {
  const subject = `namespace ${name}`;
  const found = snapshot.namespaces.find((namespace) => namespace.name === name);
  if (found === undefined || found.terminating)
    return [
      {
        id: 'namespace-gone',
        severity: 'notice',
        subject,
        message: `namespace ${name} was deleted since the plan; there is nothing to move`,
        remedy: 'Nothing needs to be done.',
      },
    ];
  const foreign = foreignLabels(restores, { kind: 'Namespace', name }, asLabels(original), found.labels);
  if (foreign.length === 0) return [];
  return [
    {
      id: 'namespace-relabelled',
      severity: 'overridable',
      subject,
      message: `${subject}: ${foreign.join(', ')}, which this upgrade did not write`,
      remedy: `Put the label back where it is declared, or accept it: then the namespace is left alone, by this upgrade and by its rollback.`,
    },
  ];
}

function joining({ plan, batches }: Journal, snapshot: MeshSnapshot): readonly Finding[] {
  const last = plan.batches.at(-1)?.number;
  if (batches.every(({ status }) => status === 'passed')) return [];
  return joiners(plan, snapshot).map(({ name }) => ({
    id: 'namespace-joins',
    severity: 'notice',
    subject: `namespace ${name}`,
    message: `namespace ${name} was created after the plan; it joins batch ${String(last)}`,
    remedy: 'Nothing needs to be done.',
  }));
}
