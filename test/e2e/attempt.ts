// How does a test try once more on the same stage? With the hash of a plan made since, as a rollback asks for.
import type { ActionResult } from '../bundle/harness.ts';
import type { Inputs, Stage } from './stage.ts';

/** `upgrade` or `start` with the hash of a plan made just before. Throws what was refused, where the plan was, or the run. */
export async function attempt(stage: Stage, command: 'upgrade' | 'start', inputs: Inputs = {}): Promise<ActionResult> {
  const planned = await stage.run('plan', inputs);
  const result =
    planned.outputs['ending'] === 'planned'
      ? await stage.run(command, { ...inputs, 'plan-hash': planned.outputs['plan-hash'] ?? '' })
      : planned;
  const { ending, reason } = result.outputs;
  if (ending === 'refused')
    throw new Error(`${result === planned ? 'plan' : command} was refused: ${reason ?? ''}\n${result.summary}`);
  return result;
}

/** The revisions that injected the pods of a namespace or, with `name`, of one workload, each once and in order. */
export async function revisionsIn(stage: Stage, namespace: string, name = ''): Promise<string[]> {
  const counts = Object.entries((await stage.picture()).injected).filter(([key]) =>
    name === '' ? key.startsWith(`${namespace}/`) : key === `${namespace}/${name}`,
  );
  return [...new Set(counts.flatMap(([, revisions]) => Object.keys(revisions)))].toSorted();
}
