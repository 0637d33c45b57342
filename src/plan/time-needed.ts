// Is there time for it? What a batch may take at worst and an upgrade at least, against what ends a run early: the limit of the
// job, and the life of the credentials. Knows no clock.
import type { Command, GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import { span } from '../slo/sentence.ts';
import type { UpgradePlan } from './plan.ts';

/** What ends a run early, in ms from now. */
export interface TimeLeft {
  readonly maxDurationMs?: number;
  readonly credentialsMs?: number;
}
export type Limit = 'max-duration' | 'credentials';

/** One batch that rolls and is watched as long as it may, and the same again for its rollback. */
export const worstBatchMs = (rolloutTimeoutMs: number, gate: Pick<GateSettings, 'maxBakeMs'>): number =>
  2 * (rolloutTimeoutMs + gate.maxBakeMs);

/** The first limit that comes before `neededMs` are over. */
export function limitBefore(neededMs: number, { maxDurationMs, credentialsMs }: TimeLeft): Limit | undefined {
  if (credentialsMs !== undefined && credentialsMs < neededMs) return 'credentials';
  return maxDurationMs !== undefined && maxDurationMs < neededMs ? 'max-duration' : undefined;
}

/** What forbids to begin: not even one batch fits, or (to be accepted) not the whole upgrade, however smoothly it goes. */
export function timeFindings(
  command: Command,
  plan: UpgradePlan,
  rolloutTimeoutMs: number,
  left: TimeLeft,
): readonly Finding[] {
  if (command !== 'upgrade' && command !== 'start' && command !== 'promote') return [];
  const worst = worstBatchMs(rolloutTimeoutMs, plan.gate);
  const least = plan.gate.bakeMs * (plan.batches.length + (plan.gateways.length > 0 ? 1 : 0)) + plan.soakMs;
  const limits = [
    { limit: 'credentials', leftMs: left.credentialsMs },
    { limit: 'max-duration', leftMs: left.maxDurationMs },
  ] as const;
  return limits.flatMap(({ limit, leftMs }): readonly Finding[] => {
    if (leftMs === undefined) return [];
    const { subject, runOut, remedy } = WORDS[limit];
    const end = `${runOut} in ${span(Math.max(0, leftMs))}`;
    if (leftMs < worst)
      return [
        {
          id: `${limit}-too-short`,
          severity: 'blocks',
          subject,
          message: `${end}, and a batch with its rollback may take ${span(worst)}`,
          remedy,
        },
      ];
    if (command !== 'upgrade' || leftMs >= least) return [];
    return [
      {
        id: `${limit}-end-early`,
        severity: 'overridable',
        subject,
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
