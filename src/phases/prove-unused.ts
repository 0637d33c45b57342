// Does anything still use the source? Reads everything anew, and then asks every replica of its istiod who is connected. An empty list
// is the proof that allows its removal; whatever cannot be asked stands on the list.
import type { Revision } from '../mesh/names.ts';
import type { MeshPod } from '../mesh/snapshot.ts';
import { sourceUsers } from '../mesh/source-users.ts';
import type { SourceUse } from '../plan/source-use.ts';
import type { World } from '../ports/world.ts';
import { names } from '../slo/sentence.ts';
import { type Answer, askIstiods } from './ask-istiods.ts';
import { readMesh } from './discover.ts';

export interface Source {
  readonly source: Revision;
  readonly istioNamespace: string;
}
/** A pod that is going away stays connected until its grace period is over. */
const PATIENCE_MS = 60_000;
const BETWEEN_LOOKS_MS = 1_000;
const BETWEEN_LINES_MS = 15_000;

/**
 * Everyone who uses the source, or who may; empty only when nobody does (or will, with the mesh `seenAs` it is about to be).
 * Where connections are all that is left, it waits up to a minute for them to close.
 */
export async function proveUnused(
  world: World,
  { source, istioNamespace }: Source,
  seenAs?: Parameters<typeof readMesh>[2],
): Promise<readonly SourceUse[]> {
  const begun = world.clock.now();
  for (;;) {
    world.signal.throwIfAborted();
    const snapshot = await readMesh(world.cluster, istioNamespace, seenAs);
    const users = sourceUsers(snapshot, source).map(({ sentence }) => ({ kind: 'in-use', sentence }) as const);
    // Asked after the mesh was read: whoever has come in between is connected by now.
    const answers = await askIstiods(world.cluster, source, istioNamespace);
    const draining = snapshot.pods.filter((pod) => pod.draining === true && pod.injected === source);
    const all = [...users, ...connections(answers, draining)];
    if (all.length === 0) world.log.line(`nothing uses ${source} any more`);
    if (all.length === 0 || users.length > 0 || world.clock.now() - begun >= PATIENCE_MS) return all;
    await untilClosed(world, { source, istioNamespace }, answers, begun + PATIENCE_MS);
  }
}

/** Until no connection is left, or patience is over. Asks istiod alone: the mesh is large, and is read again for the proof. */
async function untilClosed(
  { cluster, clock, log, signal }: World,
  { source, istioNamespace }: Source,
  before: readonly Answer[],
  endMs: number,
): Promise<void> {
  let open = connections(before);
  let lastLine = -Infinity;
  while (open.length > 0 && clock.now() < endMs) {
    signal.throwIfAborted();
    if (clock.now() - lastLine >= BETWEEN_LINES_MS) {
      log.line(`waiting for connections to close: ${open.map(({ sentence }) => sentence).join('; ')}`);
      lastLine = clock.now();
    }
    await clock.sleep(BETWEEN_LOOKS_MS, signal);
    open = connections(await askIstiods(cluster, source, istioNamespace));
  }
}

/**
 * One for each replica that has a proxy connected, or that did not say. Istiod tells how many are connected, not who: where they are no
 * more than the pods that are `draining`, they are taken for those. What follows from that is only the advice.
 */
function connections(answers: readonly Answer[], draining: readonly MeshPod[] = []): readonly SourceUse[] {
  const all = answers.reduce((sum, answer) => sum + (answer.kind === 'connected' ? answer.proxies : 0), 0);
  const kind = all <= draining.length ? 'draining' : 'in-use';
  const ending =
    draining.length === 0
      ? ''
      : `; still ending: ${names(draining.map(({ namespace, name }) => `pod ${namespace}/${name}`))}`;
  return answers.flatMap((answer): readonly SourceUse[] => {
    if (answer.kind === 'silent') return [{ kind: 'unreachable', sentence: answer.why }];
    const { pod, proxies } = answer;
    if (proxies === 0) return [];
    const sentence = `${pod} has ${String(proxies)} ${proxies === 1 ? 'proxy' : 'proxies'} connected to it${ending}`;
    return [{ kind, sentence }];
  });
}
