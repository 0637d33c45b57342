// What becomes of a pod: ready, crash-looping, never ready? The first rule that matches decides; a pod without one is soon ready.
import { type Pod, hasProxy, injectedRevision } from './pod.ts';

/**
 * `crashloop` fails the proxy container, `app-crash` all others; `proxy-unready` leaves the proxy running without ever being ready;
 * with `never` no container is even created. A pod without a proxy knows no `crashloop` and no `proxy-unready`.
 */
export type Mode = 'ready' | 'crashloop' | 'app-crash' | 'proxy-unready' | 'never';
const OF_PROXIES: ReadonlySet<Mode> = new Set(['crashloop', 'proxy-unready']);

export interface Rule {
  namespace?: string;
  /** All of them, on the pod. */
  labels?: Record<string, string>;
  /** The revision that injected the pod. */
  revision?: string;
  mode?: Mode;
  /** From the pod's binding to its being ready (or first crash); 200 unless told. */
  delayMs?: number;
  /** Crashes after which the pod comes up after all; for ever unless told. */
  restarts?: number;
  /** Between crashes; 2,000 unless told. */
  periodMs?: number;
  /** How long a Job's pod runs before it succeeds; as long as its delay unless told. */
  runMs?: number;
}

export interface Fate {
  mode: Mode;
  delayMs: number;
  restarts: number;
  periodMs: number;
  runMs: number;
}

export function fateOf(pod: Pod, rules: readonly Rule[]): Fate {
  const rule = rules.find((candidate) => matches(candidate, pod)) ?? {};
  const delayMs = rule.delayMs ?? 200;
  return {
    mode: rule.mode === undefined || (OF_PROXIES.has(rule.mode) && !hasProxy(pod)) ? 'ready' : rule.mode,
    delayMs,
    restarts: rule.restarts ?? Number.POSITIVE_INFINITY,
    periodMs: rule.periodMs ?? 2000,
    runMs: rule.runMs ?? delayMs,
  };
}

function matches(rule: Rule, pod: Pod): boolean {
  return (
    (rule.namespace === undefined || rule.namespace === pod.metadata.namespace) &&
    (rule.revision === undefined || rule.revision === injectedRevision(pod)) &&
    Object.entries(rule.labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
}
