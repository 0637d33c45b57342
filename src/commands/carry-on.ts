// `upgrade`, `start`, `promote`, `complete`, `rollback`: prepares, takes the lease, drives. Up to the lease nothing is written.
import type { Finding } from '../mesh/finding.ts';
import { lastLook } from '../phases/last-look.ts';
import { openSession } from '../phases/session.ts';
import { stoppable } from '../phases/unless-stopped.ts';
import { beginJournal } from '../plan/advance.ts';
import type { Ending } from '../plan/ending.ts';
import { isOver } from '../plan/taken-back.ts';
import { markOf } from '../plan/upgrade-mark.ts';
import { ApiError, NoCredentials } from '../shared/errors.ts';
import { drive, type Drive } from '../upgrade.ts';
import { endingOfError } from './ending-of-error.ts';
import { type Carrying, prepare, type Ready } from './prepare.ts';
import { refused } from './refusal.ts';
import type { Run } from './run.ts';
import { runInputsLine } from './run-inputs.ts';

export async function carryOn(run: Run, command: Carrying): Promise<Ending> {
  run.world.log.line(runInputsLine(run.config));
  const before = await stoppable(run.world.signal, prepare(run, command));
  if (before.kind !== 'ready') return before;
  const { world, lease, mark, store, config, context } = run;
  const answer = await lease.acquire({ waitMs: config.run.lockWaitMs, preempt: command === 'rollback' });
  if (answer.kind === 'taken') return refused([takenFinding(answer)]);
  try {
    const ready = await again(run, command, before);
    if (ready.kind !== 'ready') return ready;
    const at = new Date(world.clock.now()).toISOString();
    const journal =
      ready.journal === undefined
        ? beginJournal(ready.plan, context.requestedBy, answer.fence, at, ready.last)
        : { ...ready.journal, fence: answer.fence };
    await store.save(journal);
    // Writes nothing where it stands already; a run may have been killed before it, and the lease deleted or edited since.
    await mark.write(markOf(journal.plan, journal.id));
    const { maxDurationMs, rolloutTimeoutMs, maxRestarting, acceptHold } = config.run;
    const session = openSession({ ...world, signal: AbortSignal.any([world.signal, lease.signal]) }, store, journal);
    const ending = await driven(command, {
      session,
      command,
      ...(ready.batch === undefined ? {} : { batch: ready.batch }),
      settings: {
        rolloutTimeoutMs,
        maxRestarting,
        actor: context.requestedBy,
        overBefore: ready.overBefore,
        ...(acceptHold === undefined ? {} : { acceptHold }),
      },
      ...(maxDurationMs === undefined ? {} : { deadlineMs: run.startedAtMs + maxDurationMs }),
    });
    if (isOver(session.journal()))
      await unlessItFails(run, 'the mark on the lease stays, and does no harm', async () => mark.write(undefined));
    return ending;
  } finally {
    await unlessItFails(run, 'the lease is not handed back: the next run takes it over after a minute', async () =>
      lease.release(),
    );
  }
}

/** Where the world fails it mid-way, the ending still says what is done and what is not. */
async function driven(command: Carrying, run: Drive): Promise<Ending> {
  try {
    return await drive(run);
  } catch (error) {
    const { session } = run;
    const journal = session.journal();
    const ending = { ...endingOfError(error, command), journal, plan: journal.plan };
    // What the API server does not answer now it would not answer soon.
    if (error instanceof ApiError || error instanceof NoCredentials) return ending;
    const state = await lastLook(session);
    return state === undefined ? ending : { ...ending, state };
  }
}

/** How the command ended stands, whatever becomes of the lease. */
async function unlessItFails({ world }: Run, then: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    world.log.warning(`${then} (${error instanceof Error ? error.message : String(error)})`);
  }
}

/**
 * Another run may have written the journal while this one waited for the lease; a removal deletes more than it writes, so that the mesh
 * is looked at again as well.
 */
async function again(run: Run, command: Carrying, before: Ready): Promise<Ready | Ending> {
  const stored = await run.store.load();
  const known = before.journal ?? before.last;
  const same =
    stored.kind === 'found'
      ? stored.journal.updatedAt === known?.updatedAt
      : stored.kind === 'absent' && known === undefined;
  const isRemoving = before.journal?.complete === 'begun';
  return same && !isRemoving ? before : stoppable(run.world.signal, prepare(run, command));
}

const takenFinding = ({ holder, since }: { readonly holder: string; readonly since: string }): Finding => ({
  id: 'upgrade-in-progress',
  severity: 'blocks',
  subject: 'Lease istio-canary-upgrade',
  message: `another upgrade is in progress: ${holder}, since ${since}`,
  remedy: 'Wait for it, or raise lock-wait.',
});
