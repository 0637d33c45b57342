// Is there time for it? What a batch may take at worst and an upgrade at least, against what ends a run early: the limit of the
// job, and the life of the credentials. Knows no clock.
import type { Command } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { Workload } from '../mesh/snapshot.ts';
import { span } from '../slo/sentence.ts';
import type { PlannedNamespace, UpgradePlan } from './plan.ts';

/** What ends a run early, in ms from now. */
export interface TimeLeft {
  readonly maxDurationMs?: number;
  readonly credentialsMs?: number;
}
export type Limit = 'max-duration' | 'credentials';

/** How fast workloads are replaced. */
export interface Pace {
  readonly rolloutTimeoutMs: number;
  readonly maxRestarting: number;
  /** Namespace → the longest `progressDeadlineSeconds` in it, in ms: such a workload is waited for as long. */
  readonly deadlines: ReadonlyMap<string, number>;
}

/**
 * An estimate, and the only one in here: how long `max-restarting` workloads take where all is well. Not each wave can take the whole
 * `rollout-timeout`, since the first workload that does not get through it ends the batch.
 */
const WAVE_MS = 60_000;

/**
 * At worst, in ms: `forward`, the batch rolls, its last wave hangs, and it is watched as long as it may be; `back`, the same for all
 * that has moved until then. Batch 0 is the gateways.
 */
export function worstCase(
  plan: UpgradePlan,
  batch: number,
  pace: Pace,
): { readonly forward: number; readonly back: number } {
  const gateways = plan.gateways.map((gateway) => ({
    name: gateway.kind === 'gateway-api' ? gateway.namespace : gateway.workload.namespace,
    workloads: 1,
  }));
  const moved = plan.batches.filter(({ number }) => number <= batch);
  const own = moved.find(({ number }) => number === batch)?.namespaces ?? gateways;
  const all = [...gateways, ...moved.flatMap(({ namespaces }) => namespaces)];
  const { maxBakeMs } = plan.gate;
  return { forward: rolloutMs(own, pace) + maxBakeMs, back: rolloutMs(all, pace) + maxBakeMs };
}

export function worstBatchMs(plan: UpgradePlan, batch: number, pace: Pace): number {
  const { forward, back } = worstCase(plan, batch, pace);
  return forward + back;
}

/** Every wave at its estimate, but the last, which takes as long as one workload may. */
function rolloutMs(
  namespaces: readonly Pick<PlannedNamespace, 'name' | 'workloads'>[],
  { rolloutTimeoutMs, maxRestarting, deadlines }: Pace,
): number {
  const workloads = namespaces.reduce((sum, namespace) => sum + namespace.workloads, 0);
  const waves = Math.max(1, Math.ceil(workloads / maxRestarting));
  const longest = Math.max(rolloutTimeoutMs, ...namespaces.map(({ name }) => deadlines.get(name) ?? 0));
  return (waves - 1) * WAVE_MS + longest;
}

/** As `Pace` has them, of the workloads that a batch may restart: nobody waits for the others. */
export function deadlinesOf(workloads: readonly Workload[]): ReadonlyMap<string, number> {
  const deadlines = new Map<string, number>();
  for (const { ref, requested, immovable, progressDeadlineMs } of workloads)
    if (requested !== undefined && immovable === 'none')
      deadlines.set(ref.namespace, Math.max(deadlines.get(ref.namespace) ?? 0, progressDeadlineMs));
  return deadlines;
}

/** The first limit that comes before `neededMs` are over. */
export function limitBefore(neededMs: number, { maxDurationMs, credentialsMs }: TimeLeft): Limit | undefined {
  if (credentialsMs !== undefined && credentialsMs < neededMs) return 'credentials';
  return maxDurationMs !== undefined && maxDurationMs < neededMs ? 'max-duration' : undefined;
}

/**
 * What forbids to begin: what comes next does not fit, or (to be accepted) a later batch does not, or not the whole upgrade, however
 * smoothly it goes. `first`: the batch that is next, 0 for the gateways; absent when every batch has moved.
 */
export function timeFindings(
  command: Command,
  plan: UpgradePlan,
  pace: Pace,
  left: TimeLeft,
  first?: number,
): readonly Finding[] {
  if (first === undefined || (command !== 'upgrade' && command !== 'start' && command !== 'promote')) return [];
  // `start` moves gateways, and no batch.
  if (command === 'start' && first !== 0) return [];
  const least = plan.gate.bakeMs * (plan.batches.length + (plan.gateways.length > 0 ? 1 : 0)) + plan.soakMs;
  const limits = [
    { limit: 'credentials', leftMs: left.credentialsMs },
    { limit: 'max-duration', leftMs: left.maxDurationMs },
  ] as const;
  return limits.flatMap(({ limit, leftMs }): readonly Finding[] => {
    if (leftMs === undefined) return [];
    const { subject, runOut, remedy } = WORDS[limit];
    const end = `${runOut} in ${span(Math.max(0, leftMs))}`;
    const worst = worstBatchMs(plan, first, pace);
    if (leftMs < worst)
      return [
        {
          id: `${limit}-too-short`,
          severity: 'blocks',
          subject,
          message: `${end}, and ${first === 0 ? 'the gateways' : `batch ${String(first)}`} with a rollback may take ${span(worst)}`,
          remedy: `${remedy} Or raise \`max-restarting\`. A \`progressDeadlineSeconds\` that is longer than \`rollout-timeout\` counts too.`,
        },
      ];
    if (command !== 'upgrade') return [];
    const early = { id: `${limit}-end-early`, severity: 'overridable', subject } as const;
    const later = plan.batches.find(({ number }) => number > first && leftMs < worstBatchMs(plan, number, pace));
    if (later !== undefined)
      return [
        {
          ...early,
          message: `${end}, and batch ${String(later.number)} with a rollback of everything may take ${span(worstBatchMs(plan, later.number, pace))}: it would not be begun`,
          remedy: `${remedy} Or raise \`max-restarting\`. Or accept it: the batches before it are moved.`,
        },
      ];
    if (leftMs >= least) return [];
    return [
      {
        ...early,
        message: `${end}, and the upgrade takes ${span(least)} at least: it would be held before its end`,
        remedy: `${remedy} Or accept it: run again, the same command goes on.`,
      },
    ];
  });
}

const WORDS: Readonly<Record<Limit, { readonly subject: string; readonly runOut: string; readonly remedy: string }>> = {
  credentials: {
    subject: 'credentials',
    runOut: "the kubeconfig's credentials end",
    remedy:
      'Use credentials that live longer (`kubectl create token --duration=6h`) or that renew themselves (a credential plugin), or lower `max-bake` or `rollout-timeout`.',
  },
  'max-duration': {
    subject: 'input max-duration',
    runOut: '`max-duration` ends',
    remedy:
      'Raise `max-duration` together with the time limit of the job (`timeout-minutes`), or lower `max-bake` or `rollout-timeout`.',
  },
};
