// How does a test try once more on the same stage? With the hash of a plan made since, as a rollback asks for.
import type { ActionResult } from '../bundle/harness.ts';
import type { Inputs, Stage } from './stage.ts';

/** `upgrade` or `start` with the hash of a plan made just before. */
export async function attempt(stage: Stage, command: 'upgrade' | 'start', inputs: Inputs = {}): Promise<ActionResult> {
  const { outputs } = await stage.run('plan', inputs);
  return stage.run(command, { ...inputs, 'plan-hash': outputs['plan-hash'] ?? '' });
}

/** The revisions that injected the pods of a namespace or, with `name`, of one workload, each once and in order. */
export async function revisionsIn(stage: Stage, namespace: string, name = ''): Promise<string[]> {
  const counts = Object.entries((await stage.picture()).injected).filter(([key]) =>
    name === '' ? key.startsWith(`${namespace}/`) : key === `${namespace}/${name}`,
  );
  return [...new Set(counts.flatMap(([, revisions]) => Object.keys(revisions)))].toSorted();
}
