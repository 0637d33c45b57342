// What is said where everything has moved and the source is still there: somebody uses it, or its owner has to remove it?
import type { Finding } from '../mesh/finding.ts';
import { type Ending, SAFE, type Said } from './ending.ts';
import type { UpgradePlan } from './plan.ts';
import { SOURCE_USES, type SourceUse } from './source-use.ts';
import { usersSaid } from './users-left.ts';

type Told = Said & Pick<Ending, 'findings'>;

/** `complete` was told to remove it and refuses; an `upgrade` has done all that was asked of it, so that nothing blocks. */
export function inUseEnding(command: string, plan: UpgradePlan, uses: readonly SourceUse[]): Told {
  const { source } = plan;
  const isRefused = command === 'complete';
  const kind = (['in-use', 'unreachable', 'draining'] as const).find((each) => uses.some((use) => use.kind === each));
  const { id, remedy } = SOURCE_USES[kind ?? 'in-use'];
  const said = usersSaid(uses.map(({ sentence }) => sentence));
  return {
    findings: uses.map((use) => ({
      id: SOURCE_USES[use.kind].id,
      severity: isRefused ? 'blocks' : 'notice',
      subject: source,
      message: use.sentence,
      remedy: `${SOURCE_USES[use.kind].remedy(plan)}, then run \`complete\`${isRefused ? ' again' : ''}.`,
    })),
    kind: isRefused ? 'refused' : 'promoted',
    reasonCode: id,
    sentence:
      kind === 'unreachable' ? `who uses ${source} cannot be asked: ${said}` : `${source} is still in use: ${said}`,
    next: `${kind === 'in-use' ? moveOrKeep(source) : `${remedy(plan)}, then run \`complete\``}. ${SAFE}`,
    resumeCommand: 'complete',
  };
}

const moveOrKeep = (source: string): string =>
  `Move what is named, then run \`complete\`; or run it with \`remove-source: keep\`, which ends the upgrade and leaves ${source} running`;

/** `verify`: proved unused. `objects`: what to delete, by name. */
export const readyToRemoveEnding = (source: string, objects: readonly string[]): Told => ({
  findings: objects.map((object) => toRemove(source, object)),
  kind: 'ready-to-remove',
  reasonCode: 'ok',
  sentence: `nothing uses ${source} any more; it is yours to remove: ${objects.join(', ')}`,
  next: `Delete istiod ${source} where it is declared (your GitOps repository), webhooks first, then run \`complete\` again. ${SAFE}`,
  resumeCommand: 'complete',
});

const toRemove = (source: string, object: string): Finding => ({
  id: 'to-remove',
  severity: 'notice',
  subject: source,
  message: object,
  remedy: 'Delete it where it is declared, then run `complete` again.',
});
