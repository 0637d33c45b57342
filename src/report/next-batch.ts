// What would be approved next? The next batch's namespaces and pods, and how long it takes, for the reviewer.
import type { Ending } from '../plan/ending.ts';
import { count, span } from '../slo/sentence.ts';
import type { UpgradePlan } from '../plan/plan.ts';
import { worstCase } from '../plan/time-needed.ts';
import { planOf, type RunFacts } from './basis.ts';
import { markdownProse, markdownText } from './markdown.ts';
import { table } from './markdown-table.ts';
import { batchTitle, podsText } from './plan-sections.ts';

const MOST_ROWS = 200;

/** Endings after which somebody decides whether to go on. */
const ASKS: ReadonlySet<Ending['kind']> = new Set(['planned', 'started', 'promoted', 'status']);

/** Markdown lines; empty where no batch is next. */
export function nextBatchLines(ending: Ending, pace?: RunFacts['pace']): readonly string[] {
  const plan = planOf(ending);
  const batch = plan?.batches.find(({ number }) => number === ending.nextBatch);
  if (plan === undefined || batch === undefined || !ASKS.has(ending.kind)) return [];
  const { bakeMs, maxBakeMs } = plan.gate;
  const worst =
    pace === undefined
      ? `at most ${span(maxBakeMs)} of watching after its rollout`
      : worstText(plan, batch.number, pace);
  const moves = plan.strategy === 'tag' ? 'restart' : 'relabel, restart';
  return [
    `${markdownProse(batchTitle(batch, plan.batches.length))}. It takes its rollout and ${span(bakeMs)} of watching when all is well; ${worst}.${lastTook(ending, plan)}`,
    '',
    ...table(
      ['namespace', 'how it moves', 'pods', 'workloads'],
      batch.namespaces.map(({ name, move, pods, workloads }) => [
        markdownText(name),
        move === 'follows-tag' ? moves : move === 'pinned-to-source' ? 'relabel, restart' : 'restart by pod template',
        count(pods),
        count(workloads),
      ]),
      MOST_ROWS,
    ),
    ...(plan.batches.length > batch.number
      ? [
          '',
          `After it: ${String(plan.batches.length - batch.number)} more, ${podsText(podsAfter(plan.batches, batch.number))}.`,
        ]
      : []),
  ];
}

/** How long the last batch that passed took: what there is to go by, and no more than that. */
function lastTook({ journal }: Ending, { batches }: UpgradePlan): string {
  const passed = journal?.batches.findLast(({ status }) => status === 'passed');
  const tookMs = (passed?.verdict?.windowEndMs ?? Number.NaN) - Date.parse(passed?.restartedAt ?? '');
  if (passed === undefined || !(tookMs > 0)) return '';
  const pods = batches.find(({ number }) => number === passed.number)?.namespaces ?? [];
  return ` Batch ${String(passed.number)}, with ${podsText(pods.reduce((sum, each) => sum + each.pods, 0))}, took ${span(tookMs)} from its first restart to its verdict.`;
}

function worstText(plan: UpgradePlan, number: number, pace: NonNullable<RunFacts['pace']>): string {
  const { forward, back } = worstCase(plan, number, { ...pace, deadlines: new Map() });
  const { rolloutTimeoutMs, maxRestarting } = pace;
  const waves = `a minute for each ${String(maxRestarting)} workloads, ${span(rolloutTimeoutMs)} for one that hangs, ${span(plan.gate.maxBakeMs)} of watching`;
  return `at worst ${span(forward)} (${waves}), and ${span(back)} for a rollback of all that has moved`;
}

const podsAfter = (
  batches: readonly { number: number; namespaces: readonly { pods: number }[] }[],
  number: number,
): number =>
  batches
    .filter((batch) => batch.number > number)
    .flatMap((batch) => batch.namespaces)
    .reduce((sum, { pods }) => sum + pods, 0);
