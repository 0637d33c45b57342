// What happens to one pod from its binding to its deletion? One loop for each pod; istiod's pods are taken over by a real process.
import { setTimeout as pause } from 'node:timers/promises';
import { type Api, ApiError } from '../api.ts';
import type { IstiodRunner } from './istiod.ts';
import { type AddressBook, nodeNames } from './nodes.ts';
import { type Pod, isJobPod, podPath } from './pod.ts';
import { type Rule, fateOf } from './rules.ts';
import { type Crashes, type PodState, podStatus } from './status.ts';

export interface Stats {
  ready: number;
  crashes: number;
  succeeded: number;
  deleted: number;
}

const ruleLookMs = 200;
const dyingMs = 50;

interface Life {
  started: boolean;
  dying: boolean;
  /** Aborted by deletion: ends every wait of the pod. */
  end: AbortController;
  /** Resolves when nothing of the pod runs any more. */
  over: Promise<void>;
}

export class Lifecycle {
  rules: readonly Rule[] = [];
  readonly stats: Stats = { ready: 0, crashes: 0, succeeded: 0, deleted: 0 };
  readonly #api: Api;
  readonly #addresses: AddressBook;
  readonly #istiods: IstiodRunner;
  readonly #lives = new Map<string, Life>();

  constructor(api: Api, addresses: AddressBook, istiods: IstiodRunner) {
    this.#api = api;
    this.#addresses = addresses;
    this.#istiods = istiods;
  }

  seen(pod: Pod): void {
    const life = this.#lifeOf(pod);
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (life.dying) return;
      life.dying = true;
      void this.#guard(pod, this.#die(pod, life));
      return;
    }
    const mine = nodeNames.includes(pod.spec.nodeName ?? '');
    if (life.started || !mine || pod.status?.phase !== 'Pending') return;
    life.started = true;
    life.over = this.#guard(pod, this.#live(pod, life.end.signal));
  }

  gone(uid: string): void {
    this.#lives.get(uid)?.end.abort();
    this.#lives.delete(uid);
    this.#addresses.release(uid);
  }

  /** After a list: pods that vanished while nobody watched. */
  only(pods: readonly Pod[]): void {
    const present = new Set(pods.map((pod) => pod.metadata.uid));
    for (const uid of this.#lives.keys()) if (!present.has(uid)) this.gone(uid);
  }

  async endAll(): Promise<void> {
    const lives = [...this.#lives.values()];
    for (const life of lives) life.end.abort();
    await Promise.all(lives.map((life) => life.over));
  }

  #lifeOf(pod: Pod): Life {
    const known = this.#lives.get(pod.metadata.uid);
    if (known !== undefined) return known;
    const life: Life = { started: false, dying: false, end: new AbortController(), over: Promise.resolve() };
    this.#lives.set(pod.metadata.uid, life);
    return life;
  }

  async #guard(pod: Pod, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      const expected = error instanceof ApiError && error.status === 404; // deleted by force meanwhile
      if (!expected) console.error(`${pod.metadata.namespace}/${pod.metadata.name}:`, error);
    }
  }

  async #live(pod: Pod, signal: AbortSignal): Promise<void> {
    const report = (state: PodState): Promise<void> => this.#report(pod, state, signal);
    const istiod = this.#istiods.recognise(pod);
    if (istiod !== undefined) {
      await istiod.run(this.#addresses.of(pod).podIP, report, signal);
      return;
    }
    const { delayMs } = fateOf(pod, this.rules);
    if (!(await waited(delayMs, signal))) return;
    const crashes = await this.#misfortune(pod, report, signal);
    if (signal.aborted) return;
    await report({ kind: 'ready', ...(crashes !== undefined && { after: crashes }) });
    this.stats.ready += 1;
    if (!isJobPod(pod) || !(await waited(fateOf(pod, this.rules).runMs, signal))) return;
    await report({ kind: 'succeeded' });
    this.stats.succeeded += 1;
  }

  /** Lasts while the rules, as they are by then, keep the pod from getting ready; the crashes it saw. */
  async #misfortune(
    pod: Pod,
    report: (state: PodState) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Crashes | undefined> {
    let crashes: Crashes | undefined;
    for (let stuck = false; !signal.aborted;) {
      const fate = fateOf(pod, this.rules);
      if (fate.mode === 'ready' || (crashes?.count ?? 0) >= fate.restarts) break;
      if (fate.mode === 'never' || fate.mode === 'proxy-unready') {
        if (!stuck) await report({ kind: fate.mode === 'never' ? 'starting' : 'proxy-unready' });
        stuck = true;
        await waited(ruleLookMs, signal);
        continue;
      }
      crashes = { which: fate.mode === 'crashloop' ? 'proxy' : 'app', count: (crashes?.count ?? 0) + 1 };
      this.stats.crashes += 1;
      await report({ kind: 'crashing', crashes });
      await waited(fate.periodMs, signal);
    }
    return crashes;
  }

  async #die(pod: Pod, life: Life): Promise<void> {
    life.end.abort();
    await life.over;
    await pause(dyingMs);
    if (isJobPod(pod) && pod.status?.phase !== 'Succeeded') {
      await this.#report(pod, { kind: 'failed' }); // the Job's controller lets go of finished pods only
    }
    await this.#lasting(() =>
      this.#api.delete(podPath(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } }),
    );
    this.stats.deleted += 1;
  }

  async #report(pod: Pod, state: PodState, signal?: AbortSignal): Promise<void> {
    const status = podStatus(pod, state, this.#addresses.of(pod), new Date());
    const body = { metadata: { uid: pod.metadata.uid }, status }; // a namesake with another uid answers 409
    await this.#lasting(() => this.#api.patch(podPath(pod, '/status'), body), signal);
  }

  /** Tries until the API server answers, whatever it answers. */
  async #lasting(request: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await request();
        return;
      } catch (error) {
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error;
        if (signal?.aborted === true) return;
        await pause(500);
      }
    }
  }
}

/** False when the pod ended first. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
