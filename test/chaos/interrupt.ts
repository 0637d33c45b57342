// How is the bundle killed at exactly one of its mutations? By the proxy, before it forwards the call or once the API server has done it.
import type { ActionResult, Running } from '../bundle/harness.ts';
import { isMutation, nameOf } from './mutations.ts';
import { faithful, type Proxy } from './proxy.ts';

export type Moment = 'before' | 'after';
export interface Kill {
  /** Of the run's mutations, from 1. */
  readonly at: number;
  readonly moment: Moment;
}
export interface Killed {
  readonly result: ActionResult;
  /** What it was about to do, or had just done; undefined where the run ended before. */
  readonly mutation: string | undefined;
}

/** `start` begins a run whose kubeconfig leads to the proxy. Whatever else it had under way is lost with it, as in life. */
export async function killAt(proxy: Proxy, { at, moment }: Kill, start: () => Running<ActionResult>): Promise<Killed> {
  let count = 0;
  let mutation: string | undefined;
  proxy.script = async (call, forward) => {
    if (mutation !== undefined) return 'silence';
    if (!isMutation(call)) return forward();
    count += 1;
    if (count !== at) return forward();
    mutation = nameOf(call);
    if (moment === 'after') await forward();
    running.kill('SIGKILL');
    return 'silence';
  };
  const running = start();
  await running.ended;
  proxy.script = faithful; // its post step comes through
  const result = await running.result;
  return { result, mutation };
}

/** An uninterrupted run, and its mutations in their order. */
export async function countMutations(
  proxy: Proxy,
  start: () => Running<ActionResult>,
): Promise<{ readonly result: ActionResult; readonly mutations: readonly string[] }> {
  const mutations: string[] = [];
  proxy.script = async (call, forward) => {
    if (isMutation(call)) mutations.push(nameOf(call));
    return forward();
  };
  const result = await start().result;
  proxy.script = faithful;
  return { result, mutations };
}
