// What is said of a command that did what it was asked to: how far the mesh is, and which command is next?
import { type EndingState, SAFE, type Said } from './ending.ts';
import type { Journal } from './journal.ts';
import type { UpgradePlan } from './plan.ts';

export function doneEnding(
  command: string,
  journal: Journal,
  state: EndingState | undefined,
  nextBatch: number | undefined,
): Said {
  const { plan } = journal;
  if (journal.state === 'completed') {
    const kept = plan.removeSource === 'keep';
    return {
      kind: 'completed',
      reasonCode: 'ok',
      sentence: `the mesh runs on ${plan.target}; ${plan.source} is ${kept ? 'kept, as asked' : 'removed'}`,
      next: 'Nothing is left to do.',
    };
  }
  const next =
    nextBatch === undefined
      ? { text: 'Every batch has passed: run `complete` to remove the source.', command: 'complete' }
      : { text: `Run \`promote\` for batch ${String(nextBatch)}.`, command: `promote --batch ${String(nextBatch)}` };
  const kind = command === 'start' ? 'started' : 'promoted';
  const sentence = command === 'start' ? startedSentence(plan, state) : promotedSentence(journal, state);
  return { kind, reasonCode: 'ok', sentence, next: `${next.text} ${SAFE}`, resumeCommand: next.command };
}

const startedSentence = ({ target, strategy, tag }: UpgradePlan, state: EndingState | undefined): string =>
  [
    `${target} is installed`,
    ...(strategy === 'tag' ? [`tag ${tag} points to it`] : []),
    ...(state === undefined
      ? []
      : [`${String(state.gatewaysOnTarget)} of ${String(state.gatewaysTotal)} gateways run on it`]),
  ].join(', ');

function promotedSentence({ plan, batches }: Journal, state: EndingState | undefined): string {
  if (state !== undefined) return `${String(state.moved)} of ${String(state.total)} namespaces run on ${plan.target}`;
  const passed = batches.filter(({ status }) => status === 'passed').length;
  return `${String(passed)} of ${String(batches.length)} batches have passed on ${plan.target}`;
}
