// Phase 6: does the error rate still hold on real users' traffic? Looks, counts, judges, and says so, until there is a verdict.
// The judgement itself is slo/judge.ts; this file owns the loop and its times.
import type { PrometheusPort } from '../ports/prometheus.ts';
import type { World } from '../ports/world.ts';
import { NO_PAST, type Past } from '../slo/comparison.ts';
import { ledgerWithout, rulesWithout } from '../slo/deleted.ts';
import { type Judgement, judge, stopped } from '../slo/judge.ts';
import { latencyWarnings } from '../slo/latency.ts';
import { ALPHA, type Rules } from '../slo/rules.ts';
import { type Ledger, observe, openLedger } from '../slo/ledger.ts';
import { latencyOf } from '../slo/queries.ts';
import { allOpenSince } from '../slo/readiness.ts';
import { span } from '../slo/sentence.ts';
import { tickLine } from '../slo/tick-line.ts';
import { unread } from '../slo/unread.ts';
import type { Verdict } from '../slo/verdict.ts';
import { askRows, prometheusNow } from './ask-prometheus.ts';
import { type GateInput, LEAST_INTERVAL_MS, rulesOf, subjectsOf } from './gate-input.ts';
import { look } from './look.ts';
import { measureScrapes } from './measure-scrapes.ts';
import { untilStopped } from './prometheus-until-stopped.ts';
import { OPTIONAL_WAIT_MS, remember } from './remember.ts';
import { unlessStopped } from './unless-stopped.ts';

type GateWorld = Pick<World, 'prometheus' | 'clock' | 'log'>;

/** People must see a sign of life at least this often. */
const SILENCE_MS = 60_000;

/**
 * PASS, FAIL or HOLD, with its operands; never throws for what Prometheus does. May be called while the rollout goes on: a FAIL comes as
 * soon as the evidence suffices. Ends as HOLD(interrupted) when `signal` aborts, whatever it is waiting for.
 */
export async function runGate(world: GateWorld, input: GateInput): Promise<Verdict> {
  const { prometheus, clock } = world;
  if (prometheus === undefined || subjectsOf(input.subject).length === 0) {
    const reason = prometheus === undefined ? 'no prometheus-url was given' : 'there is nothing to judge';
    const rules = rulesOf(input, undefined);
    const code = prometheus === undefined ? 'misconfigured' : 'no-traffic';
    return stopped(openLedger(rules), rules, NO_PAST, { nowMs: clock.now(), rolloutOver: true }, code, reason);
  }
  return new Watch(world, prometheus, input).run();
}

class Watch {
  readonly #world: GateWorld;
  readonly #prometheus: PrometheusPort;
  readonly #input: GateInput;
  readonly #beganMs: number;
  #rules: Rules;
  #ledger: Ledger;
  #past: Past = NO_PAST;
  #measured: boolean;
  /** When a subject that had nothing to restart was first seen after the rollout's end. */
  readonly #idleSince = new Map<string, number>();

  constructor(world: GateWorld, prometheus: PrometheusPort, input: GateInput) {
    this.#world = world;
    this.#prometheus = untilStopped(prometheus, input.signal);
    this.#input = input;
    this.#beganMs = input.beganMs ?? world.clock.now();
    this.#rules = rulesOf(input, input.scrapes);
    this.#measured = input.scrapes !== undefined;
    this.#ledger = openLedger(this.#rules);
  }

  async run(): Promise<Verdict> {
    const { clock, log } = this.#world;
    const { signal, batchLabel } = this.#input;
    for (;;) {
      if (signal?.aborted === true) return this.#interrupted();
      const beganMs = clock.now();
      await this.#dropDeleted();
      if (this.#rules.subjects.length === 0) return this.#nothingLeft();
      const judgement = await this.#tick();
      if (judgement === undefined) return this.#interrupted();
      log.line(tickLine(batchLabel, this.#ledger, judgement, this.#now()));
      if (judgement.kind === 'verdict') {
        const { verdict } = judgement;
        // A PASS is green: that it proves nothing must be seen without opening the summary.
        if (verdict.reasonCode === 'no-traffic-accepted') log.warning(`${batchLabel}: PASS, ${verdict.reason}`);
        return this.#withLatency(verdict);
      }
      await this.#waitUntil(beganMs + this.#intervalMs());
    }
  }

  /** Warnings of slow requests, which no FAIL waits for. */
  async #withLatency(verdict: Verdict): Promise<Verdict> {
    const { subjects, signals, settings } = this.#rules;
    const { windowStartMs, windowEndMs, units } = verdict;
    const seen = units.some(({ signal, requests }) => signal === 'client' && requests > 0);
    if (verdict.kind === 'FAIL' || !seen || !signals.includes('client') || windowEndMs <= windowStartMs) return verdict;
    const beganMs = this.#beganMs + this.#prometheus.skewMs();
    const query = latencyOf(subjects, settings.matchers, windowEndMs - windowStartMs, beganMs);
    const answer = await askRows(this.#prometheus, query, windowEndMs);
    if (answer.kind !== 'rows') return verdict;
    const slow = latencyWarnings(answer.rows, subjects, ALPHA);
    return slow.length === 0 ? verdict : { ...verdict, warnings: [...verdict.warnings, ...slow] };
  }

  /** Undefined where the run was told to stop meanwhile: questions that were left unanswered are no finding. */
  async #tick(): Promise<Judgement | undefined> {
    const { clock } = this.#world;
    await this.#prepare();
    const rolloutOver = this.#input.isRolloutOver();
    const nowMs = this.#now();
    const allOpenMs = allOpenSince(this.#ledger, this.#rules);
    const { newestMs, toMs } = this.#ledger;
    const tick = await look(this.#prometheus, {
      rules: this.#rules,
      last: { ...(newestMs === undefined ? {} : { newestMs }), ...(toMs === undefined ? {} : { toMs }) },
      nowMs,
      revision: this.#input.target,
      restarting: this.#rules.subjects.filter((name) => this.#ledger.windows.get(name)?.startMs === undefined),
      ...(allOpenMs === undefined ? {} : { allOpenMs }),
    });
    if (this.#input.signal?.aborted === true) return undefined;
    this.#ledger = observe(this.#ledger, tick, this.#due(rolloutOver, clock.now()), this.#rules, this.#past);
    return judge(this.#ledger, this.#rules, this.#past, { nowMs, rolloutOver });
  }

  async #dropDeleted(): Promise<void> {
    const { present: ask, signal } = this.#input;
    const present = ask === undefined ? undefined : await unlessStopped(signal, ask());
    if (present === undefined) return;
    const isThere = (subject: string): boolean => present.has(subject.split('/')[0] ?? subject);
    const { subjects, watched = [] } = this.#rules;
    const gone = new Set([...subjects, ...watched].filter((subject) => !isThere(subject)));
    if (gone.size === 0) return;
    const { log } = this.#world;
    log.warning(`gate, ${this.#input.batchLabel}: deleted meanwhile, and judged no further: ${[...gone].join(', ')}`);
    this.#rules = rulesWithout(gone, this.#rules);
    this.#ledger = ledgerWithout(gone, this.#ledger);
  }

  /** No evidence is needed where nothing is left that could be well or not. */
  #nothingLeft(): Verdict {
    const moment = { nowMs: this.#now(), rolloutOver: this.#input.isRolloutOver() };
    const reason = 'everything that was to be judged is deleted';
    return { ...stopped(this.#ledger, this.#rules, this.#past, moment, 'ok', reason), kind: 'PASS' };
  }

  /** Measures scrapes and asks for the past, until both were answered. */
  async #prepare(): Promise<void> {
    const { clock, log } = this.#world;
    const { signal, settings, batchLabel } = this.#input;
    if (!this.#measured) {
      const scrapes = await measureScrapes({ prometheus: this.#prometheus, clock }, settings.matchers, 1, signal);
      if (scrapes !== undefined) this.#rules = { ...this.#rules, ...scrapes };
      this.#measured = scrapes !== undefined;
    }
    if (this.#past.complete) return;
    const skewMs = this.#prometheus.skewMs();
    const { trouble } = this.#past;
    const remembered = await remember(
      this.#prometheus,
      this.#rules,
      {
        endMs: this.#beganMs + skewMs,
        busyMs: (this.#input.busyMs ?? this.#beganMs) + skewMs,
        watchedEndMs: (this.#input.watchedBeganMs ?? this.#beganMs) + skewMs,
        nowMs: this.#now(),
        waited: trouble !== undefined && this.#now() - trouble.sinceMs >= OPTIONAL_WAIT_MS,
      },
      (line) => log.line(`gate, ${batchLabel}: ${line}`),
    );
    this.#past =
      remembered.kind === 'known'
        ? remembered.past
        : unread(this.#past, { ...remembered, atMs: this.#now() }, settings);
  }

  /** From when each opened subject may be counted: two scrapes after its last pod became Ready, by the later of the two clocks. */
  #due(rolloutOver: boolean, nowMs: number): ReadonlyMap<string, number> {
    const due = new Map<string, number>();
    for (const subject of this.#rules.subjects) {
      if (rolloutOver && !this.#input.opened.has(subject) && !this.#idleSince.has(subject))
        this.#idleSince.set(subject, nowMs);
      const openedMs = this.#input.opened.get(subject) ?? this.#idleSince.get(subject);
      if (openedMs === undefined) continue;
      // Skew is known to a second or so and must not make a window restart.
      const known = this.#ledger.windows.get(subject)?.dueMs ?? 0;
      const dueMs = openedMs + Math.max(0, this.#prometheus.skewMs()) + 2 * this.#rules.scrapeIntervalMs;
      due.set(subject, Math.abs(dueMs - known) < this.#rules.scrapeIntervalMs ? known : dueMs);
    }
    return due;
  }

  async #waitUntil(nextMs: number): Promise<void> {
    const { clock, log } = this.#world;
    const { signal, batchLabel } = this.#input;
    for (let leftMs = nextMs - clock.now(); leftMs > 0; leftMs = nextMs - clock.now()) {
      if (signal?.aborted === true) return;
      await clock.sleep(Math.min(leftMs, SILENCE_MS), signal);
      if (leftMs > SILENCE_MS) log.line(`gate, ${batchLabel}: next look in ${span(leftMs - SILENCE_MS)}`);
    }
  }

  #intervalMs(): number {
    return Math.max(this.#input.settings.intervalMs ?? LEAST_INTERVAL_MS, this.#rules.scrapeIntervalMs);
  }

  #now(): number {
    return prometheusNow(this.#world.clock, this.#prometheus);
  }

  #interrupted(): Verdict {
    const moment = { nowMs: this.#now(), rolloutOver: this.#input.isRolloutOver() };
    const reason = 'the run had to stop before the gate had a verdict';
    return stopped(this.#ledger, this.#rules, this.#past, moment, 'interrupted', reason);
  }
}
