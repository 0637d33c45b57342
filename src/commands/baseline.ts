// What will this command judge, and with which hour will it be compared? For the check before anything is written.
import type { Config } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { MeshSnapshot } from '../mesh/snapshot.ts';
import { type Baseline, OVER_LIMIT } from '../phases/check-baseline.ts';
import { gatewayWorkloads } from '../phases/upgrade-gateways.ts';
import { baselineEndMs, spoiltBy, stillToPass } from '../plan/baseline.ts';
import type { Journal } from '../plan/journal.ts';
import { joinedNames } from '../plan/plan-names.ts';
import type { UpgradePlan } from '../plan/plan.ts';

/** Of an upgrade that has not begun; `last` is the journal of the attempt before. */
export const baselineOfNew = (
  plan: UpgradePlan,
  snapshot: MeshSnapshot,
  nowMs: number,
  last: Journal | undefined,
): Baseline => ({
  namespaces: joinedNames(plan),
  gateways: gatewayNames(plan, snapshot),
  endMs: baselineEndMs(nowMs, spoiltBy(last)),
});

/** Of what has not passed yet; of one batch alone where only that one may move. */
export function baselineOfKnown(journal: Journal, snapshot: MeshSnapshot, nowMs: number, only?: number): Baseline {
  const { plan } = journal;
  const { batches, gateways, endMs } = stillToPass(journal, nowMs);
  const concerned = batches.filter((number) => only === undefined || number === only);
  return {
    namespaces: joinedNames({ batches: plan.batches.filter(({ number }) => concerned.includes(number)) }),
    gateways: gateways ? gatewayNames(plan, snapshot) : [],
    endMs,
  };
}

const gatewayNames = (plan: UpgradePlan, snapshot: MeshSnapshot): readonly string[] =>
  gatewayWorkloads(plan, snapshot).map(({ namespace, name }) => `${namespace}/${name}`);

/** Whose finding was accepted, once nothing stops the command. */
export const overBefore = (findings: readonly Finding[]): readonly string[] =>
  findings.filter(({ id, severity }) => id === OVER_LIMIT && severity === 'overridable').map(({ subject }) => subject);

/** A run that goes on is stopped by what is next alone: the rest is told, and judged when its turn comes. */
export function onlyNextStops(
  findings: readonly Finding[],
  { plan, gateways, batches }: Journal,
  { run: { accept } }: Pick<Config, 'run'>,
): readonly Finding[] {
  if (accept.includes(OVER_LIMIT)) return findings;
  const next = batches.find(({ status }) => status !== 'passed')?.number;
  const names = new Set(plan.batches.find(({ number }) => number === next)?.namespaces.map(({ name }) => name));
  return findings.map((finding): Finding => {
    const isNext = gateways === 'done' ? names.has(finding.subject) : finding.subject.includes('/');
    return finding.id === OVER_LIMIT && !isNext ? { ...finding, severity: 'notice' } : finding;
  });
}
