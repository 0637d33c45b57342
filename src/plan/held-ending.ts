// What is said of a command that stopped with everything left as it is: by a verdict, or before it began something?
import type { Interrupted, LostLease } from '../shared/errors.ts';
import { type Ending, SAFE, type Said } from './ending.ts';
import type { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import { stopOf } from './stop-of.ts';

export function heldEnding(
  command: string,
  { verdict, what, batch }: Extract<Outcome, { kind: 'held' }>,
  stoppedBy: Interrupted | LostLease | undefined,
): Said & Pick<Ending, 'verdict' | 'batch'> {
  const isHeld = `${what} is held: ${verdict.kind} (${verdict.reasonCode}), ${verdict.reason}`;
  const held = { kind: 'held', verdict, ...(batch === undefined ? {} : { batch }) } as const;
  const again = `run \`${command}\` again: it judges in a fresh window and restarts nothing twice. Or run \`rollback\`. ${SAFE}`;
  const onOwn = `Look into it, then ${again}`;
  if (stoppedBy === undefined || verdict.reasonCode !== 'interrupted')
    return { ...held, reasonCode: verdict.reasonCode, sentence: isHeld, next: onOwn, resumeCommand: command };
  const { reasonCode, first, resumeCommand } = stopOf(stoppedBy, command);
  return {
    ...held,
    reasonCode,
    sentence: `${stoppedBy.message}; ${isHeld}`,
    next: first === undefined ? onOwn : resumeCommand === command ? `${first} Then ${again}` : `${first} ${SAFE}`,
    resumeCommand,
  };
}

export function notBegunEnding(
  command: string,
  { gateways, batches }: Journal,
  { batch, obstacle }: Extract<Outcome, { kind: 'not-begun' }>,
): Said {
  const what = batch === undefined ? 'the gateways' : `batch ${String(batch)}`;
  const isNew =
    batch === undefined
      ? gateways === 'pending'
      : !batches.some(({ number, status }) => number === batch && status !== 'open');
  const begin = `${what} ${batch === undefined ? 'are' : 'is'} not ${isNew ? 'begun' : 'gone on with'}:`;
  const goOn = `run \`${command}\` again: it goes on with ${what}. ${SAFE}`;
  const held = { kind: 'held', resumeCommand: command } as const;
  if (obstacle.kind === 'write-refused')
    return {
      ...held,
      reasonCode: 'write-refused',
      sentence: `${begin} ${obstacle.reason}`,
      next: `See who refuses it (a policy, a quota, a role), then ${goOn}`,
    };
  return obstacle.limit === 'credentials'
    ? {
        ...held,
        reasonCode: 'credentials-expiring',
        sentence: `${begin} the kubeconfig's credentials end before its worst case and a rollback are over`,
        next: `Log in again, with credentials that live longer or renew themselves, then ${goOn}`,
      }
    : {
        ...held,
        reasonCode: 'out-of-time',
        sentence: `${begin} its worst case and a rollback do not fit into what is left of max-duration`,
        next: `With a new limit, ${goOn}`,
      };
}
