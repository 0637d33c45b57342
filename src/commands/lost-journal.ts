// Is an upgrade under way whose journal is gone? Asked wherever there is no journal, so that nobody hears "nothing is in progress".
import type { Finding } from '../mesh/finding.ts';
import { readMesh } from '../phases/discover.ts';
import { journalLost } from '../plan/upgrade-mark.ts';
import type { Run } from './run.ts';

/** Empty where no mark says so. */
export async function lostJournal(
  { mark, world, config }: Run,
  severity: 'blocks' | 'overridable',
): Promise<readonly Finding[]> {
  const left = await mark.read();
  if (left === undefined) return [];
  return journalLost(left, await readMesh(world.cluster, config.frozen.istioNamespace), severity);
}

/** What stops every command that meets a journal it cannot read, and what the cluster itself shows. */
export async function damagedJournal(run: Run, message: string): Promise<readonly Finding[]> {
  const lost = await lostJournal(run, 'blocks');
  return [
    {
      id: 'journal-unreadable',
      severity: 'blocks',
      subject: 'ConfigMap istio-canary-upgrade',
      message,
      remedy: 'Use the version of this action that wrote it, or restore the ConfigMap; it is never guessed.',
    },
    ...lost.filter(({ id }) => id === 'cluster-shows'),
  ];
}
