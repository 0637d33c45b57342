// What is said of a rollback: is everything back, is what failed mended by it, or where did it stop?
import { helmRelease } from '../mesh/names.ts';
import type { Recovery } from '../slo/recovery.ts';
import type { Verdict } from '../slo/verdict.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Interrupted, LostLease } from '../shared/errors.ts';
import { type Ending, SAFE, type Said } from './ending.ts';
import type { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import type { UpgradePlan } from './plan.ts';
import { isBatchBack, lastFailure, leftOverOnTheWayBack, onFromBatch, recoverySaid } from './taken-back.ts';

type Told = Said & Pick<Ending, 'verdict'>;

export function rolledBackEnding(journal: Journal, recovery: Verdict | undefined): Told {
  const { plan, decision } = journal;
  const what = decision?.scope === 'batch' ? `batch ${String(decision.batch ?? '')}` : 'everything';
  const said = recoveryWord(recoverySaid(journal, recovery), recovery);
  const alone = isBatchBack(journal);
  const partly = leftOverOnTheWayBack(journal);
  const verdict = lastFailure(journal) ?? journal.gatewayVerdict ?? recovery;
  return {
    kind: 'rolled-back',
    reasonCode: said.code,
    sentence: `${what}${partly ? ', but for what is named,' : ''} is back on ${plan.source} because ${decision?.reason ?? 'it was asked for'}; ${said.words}`,
    next: alone
      ? `${onFromBatch(journal)} ${SAFE}`
      : `${partly ? 'Put back, or mend, what is named. ' : ''}Find the cause, then run \`plan\` and begin a new attempt with its plan-hash. istiod ${plan.target} is left running; ${howItGoes(plan)}. Doing nothing is safe.`,
    ...(alone ? { resumeCommand: 'plan' } : {}),
    ...(verdict === undefined ? {} : { verdict }),
  };
}

/** By what installed it: a release or a repository would keep, or put back, what istioctl deletes. */
function howItGoes({ install, target, istioNamespace }: UpgradePlan): string {
  switch (install.kind) {
    case 'helm':
      return `\`helm uninstall ${helmRelease(target)} --namespace ${istioNamespace}\` removes it`;
    case 'none':
      return 'it was not this upgrade that installed it: remove it where it is declared, or with what installed it';
    case 'istioctl':
    case 'manifest':
      return `\`istioctl uninstall --revision ${target}\` removes it`;
    default:
      return assertNever(install);
  }
}

export function unfinishedRollbackEnding(
  command: string,
  { plan, decision }: Journal,
  { outcome }: Extract<Outcome, { kind: 'rollback-unfinished' }>,
  stoppedBy: Interrupted | LostLease | undefined,
): Said {
  if (outcome.kind === 'no-source') return noSourceEnding(command, plan, outcome.reason);
  const isStopped = outcome.kind === 'stopped';
  // `rollback` would take back the batches that passed, too.
  const isOne = decision?.scope === 'batch';
  const resumeCommand = isOne ? command : 'rollback';
  const goOn = isOne
    ? `run \`${command}\` again: it finishes taking batch ${String(decision.batch ?? '')} back. \`rollback\` takes everything back`
    : 'run `rollback` again: it goes on where it stopped';
  const why = isStopped ? (stoppedBy?.message ?? 'it was interrupted') : outcome.reason;
  return {
    kind: isStopped ? 'held' : 'broken',
    reasonCode: 'rollback-unfinished',
    sentence: `the rollback to ${plan.source} is not finished: ${why}`,
    next: `Mend what is named, then ${goOn}. Doing nothing leaves the mesh between two revisions; both control planes run.`,
    resumeCommand,
  };
}

/** Not called safe: whoever asks the source gets no pods. Any command goes on, for what was decided stays in the journal. */
const noSourceEnding = (command: string, { source, target }: Journal['plan'], reason: string): Said => ({
  kind: 'broken',
  reasonCode: 'rollback-unfinished',
  sentence: `the rollback to ${source} waits: ${reason}; no pod that goes back would be created, so nothing is put back`,
  next: `Bring istiod ${source} up with at least one replica, then run \`${command}\` again: it goes on with the rollback. Until then what runs on ${target} stays there.`,
  resumeCommand: command,
});

/** The four things a gate may say after a rollback of what failed before it. */
function recoveryWord(
  said: Recovery,
  recovery: Verdict | undefined,
): { readonly code: string; readonly words: string } {
  switch (said) {
    case 'recovered':
      return {
        code: 'recovered',
        words: `recovered: ${recovery?.kind === 'PASS' ? 'the same gate passes again' : 'what failed keeps its limit again'}`,
      };
    case 'not caused by the upgrade':
      return {
        code: 'not-caused-by-the-upgrade',
        words: `not caused by the upgrade: the same gate still finds it (${recovery?.reason ?? ''})`,
      };
    case 'not recovered':
      return {
        code: 'not-recovered',
        words: `not recovered: the gate says ${recovery?.kind ?? ''} (${recovery?.reasonCode ?? ''}) after the rollback, ${recovery?.reason ?? ''}`,
      };
    case 'recovery not measured':
      return {
        code: 'recovery-not-measured',
        words: `recovery not measured${recovery === undefined ? '' : `: ${recovery.reason}`}`,
      };
    default:
      return assertNever(said);
  }
}
