// What would the gate have said over the last hours, and what can this traffic prove at all? For `plan`; writes nothing.
import type { GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { World } from '../ports/world.ts';
import type { PrometheusPort } from '../ports/prometheus.ts';
import type { ControlPlanes } from '../slo/istiod.ts';
import { BASELINE_MS } from '../slo/queries.ts';
import type { Past } from '../slo/comparison.ts';
import {
  type Hour,
  type Outlook,
  outlook,
  type Rehearsal,
  rehearsedOver,
  type Rehearsed,
  utc,
} from '../slo/rehearsal.ts';
import { count, names, span } from '../slo/sentence.ts';
import { BATCH_SIGNALS } from '../slo/signals.ts';
import { overLimit } from './check-baseline.ts';
import { remember } from './remember.ts';

export interface RehearsalInput {
  readonly settings: GateSettings;
  /** Namespaces by batch, in order: what is judged together. */
  readonly batches: readonly (readonly string[])[];
  /** With them the source's istiod is asked for what it counted, which the target's will be compared with. */
  readonly controlPlanes?: ControlPlanes;
  /** How far back; whole hours are judged. */
  readonly overMs: number;
  /** Where the newest of them ends, in ms since the epoch. Absent: now. */
  readonly endMs?: number;
}
export interface RehearsalFound extends Rehearsal {
  readonly findings: readonly Finding[];
}
type RehearsalWorld = Pick<World, 'prometheus' | 'clock' | 'log'>;

/** The same as `rehearsal`, with a line for each namespace and each batch in the log. */
export async function rehearse(world: RehearsalWorld, input: RehearsalInput): Promise<RehearsalFound> {
  const { readMs, ...found } = await rehearsal(world, input);
  const { endMs } = input;
  const until = endMs === undefined ? '' : ` before ${utc(endMs)} UTC, when what was taken back had begun`;
  const title = `What the gate would have said over the last ${readMs > BASELINE_MS ? span(readMs) : 'hour'}${until}`;
  if (found.namespaces.length > 0)
    await world.log.group(title, async () => {
      for (const { verdict, sentence } of found.namespaces) world.log.line(`${verdict} ${sentence}`);
      for (const [index, { passAfterMs }] of found.batches.entries()) {
        const pass =
          passAfterMs === undefined ? 'no traffic to pass on' : `PASS after ${span(passAfterMs)}, if it is well`;
        world.log.line(`batch ${String(index + 1)}: ${pass}`);
      }
    });
  return found;
}

/** For each namespace: requests, errors and verdict, the smallest breach that would show, and how long a PASS takes; and what forbids or forebodes. */
export async function rehearsal(
  { prometheus, clock, log }: RehearsalWorld,
  input: RehearsalInput,
): Promise<RehearsalFound & { readonly readMs: number }> {
  const { settings, batches, overMs } = input;
  const nothing = { namespaces: [], batches: [], readMs: 0 };
  if (prometheus === undefined || batches.flat().length === 0) return { findings: [], ...nothing };
  const endMs = (input.endMs ?? clock.now()) + prometheus.skewMs();
  const { hours, unread } = await hoursBefore({ prometheus, log }, input, endMs);
  const [newest] = hours;
  if (newest === undefined) {
    const message = `The last hour could not be measured: ${unread ?? 'Prometheus did not answer'}.`;
    const remedy =
      'Let Prometheus answer that (its timeout, its limits) and run the plan again: the gate would hold, or, with `compare: off`, judge without.';
    return { findings: [notMeasured(prometheus, message, remedy)], ...nothing };
  }
  const known = [newest, ...hours.slice(1)] as const;
  const namespaces = batches.flatMap((batch) =>
    batch.map((namespace) => rehearsedOver(namespace, known, settings, batch.length)),
  );
  const outlooks = batches.map((batch) => worstOf(hours.map((hour) => outlook(batch, hour, settings))));
  const readMs = hours.length * BASELINE_MS;
  const gaps = newest.past.gaps.map((gap) => notMeasured(prometheus, `${gap}.`, 'Comparison will be missing there.'));
  const bad = overLimit(newest.past.hour, batches.flat(), settings);
  const findings = [
    ...(unread === undefined ? [] : [cutShort(prometheus, overMs, readMs, endMs, unread)]),
    ...gaps,
    ...bad,
    ...cannotPass(outlooks, input),
    ...unprovable(namespaces, settings),
    ...unseen(newest.past, input),
  ];
  return { findings, namespaces, batches: outlooks, readMs };
}

/** The hours before `lastMs`, newest first, as many as Prometheus answers for and knows something of; `unread`: why no more were read. */
async function hoursBefore(
  { prometheus, log }: Pick<World, 'log'> & { readonly prometheus: PrometheusPort },
  { settings, batches, overMs, controlPlanes }: RehearsalInput,
  lastMs: number,
): Promise<{ readonly hours: readonly Hour[]; readonly unread?: string }> {
  const scope = { subjects: batches.flat(), signals: BATCH_SIGNALS, unmoved: [], settings };
  const hours: Hour[] = [];
  for (let endMs = lastMs; endMs > lastMs - overMs; endMs -= BASELINE_MS) {
    const asked = hours.length === 0 && controlPlanes !== undefined ? { ...scope, controlPlanes } : scope;
    // Asked once: what the gate can do without is a gap at once, where the gate would ask for a minute.
    const remembered = await remember(prometheus, asked, { endMs, waited: true }, (line) => log.line(line));
    if (remembered.kind !== 'known') return { hours, unread: remembered.reason };
    const { past } = remembered;
    if (hours.length > 0 && knowsNothing(past.hour)) return { hours, unread: 'it knows of no request' };
    hours.push({ endMs, past });
  }
  return { hours };
}

const knowsNothing = (hour: Past['hour']): boolean => [...hour.values()].every((counts) => counts.size === 0);

const worstOf = (outlooks: readonly Outlook[]): Outlook =>
  outlooks.toSorted((a, b) => waitOf(b) - waitOf(a) || a.requests - b.requests)[0] ?? { requests: 0 };
const waitOf = ({ passAfterMs = Infinity }: Outlook): number => passAfterMs;

/** Batches that, with traffic as it was, would end in HOLD(no-traffic) however well they are. */
function cannotPass(
  outlooks: readonly Outlook[],
  { batches, settings: { minRequests, maxBakeMs, onNoTraffic } }: RehearsalInput,
): readonly Finding[] {
  if (onNoTraffic === 'pass') return [];
  return outlooks.flatMap(({ passAfterMs, requests }, index) => {
    if (passAfterMs !== undefined && passAfterMs <= maxBakeMs) return [];
    const longer =
      passAfterMs !== undefined
        ? `Raise max-bake to ${span(passAfterMs)}, lower min-requests below ${count(requests)}, `
        : 'Send it traffic, ';
    return [
      {
        id: 'batch-cannot-pass',
        severity: 'notice',
        subject: `batch ${String(index + 1)}`,
        message: `Batch ${String(index + 1)} (${names(batches[index] ?? [])}) gets about ${count(requests)} requests within max-bake, and a PASS needs ${count(minRequests)} and a namespace that can be judged: it would be held (no-traffic).`,
        remedy: `${longer}put more namespaces into the batch, or set on-no-traffic: pass.`,
      },
    ];
  });
}

/** Namespaces that can't stop the upgrade, whatever befalls them. */
function unprovable(all: readonly Rehearsed[], { maxBakeMs }: GateSettings): readonly Finding[] {
  const silent = all.filter(({ smallestBreach }) => smallestBreach === undefined).map(({ namespace }) => namespace);
  if (silent.length === 0) return [];
  return [
    {
      id: 'slo-unprovable',
      severity: 'notice',
      subject: names(silent),
      message: `The error rate of ${names(silent)} can't be judged: with this little traffic not even a total failure would be proved within ${span(maxBakeMs)}.`,
      remedy:
        'Send requests there while the batch is watched, or raise max-bake; until then only crashes and lost sidecars would stop the upgrade.',
    },
  ];
}

/** A target's istiod that proxies reject is blamed only beside a source whose own counters are there. A Prometheus that knows of no requests either has only just begun. */
function unseen(
  { istiods, hour }: Past,
  { controlPlanes, settings: { matchers } }: RehearsalInput,
): readonly Finding[] {
  if (controlPlanes === undefined || istiods === undefined || istiods.source.proxies !== undefined) return [];
  if (knowsNothing(hour)) return [];
  const under = matchers.length === 0 ? '' : ', or they do not carry the labels of prometheus-matchers';
  return [
    {
      id: 'istiod-unseen',
      severity: 'notice',
      subject: `istiod ${controlPlanes.source}`,
      message: `Prometheus has no counters (pilot_xds) of istiod ${controlPlanes.source}'s pods${under}: configuration that proxies reject from the target, and pods that it cannot inject, would only warn.`,
      remedy: 'Have it scrape port 15014 of the istiod pods, with the label `pod`.',
    },
  ];
}

function cutShort(prometheus: PrometheusPort, overMs: number, readMs: number, endMs: number, reason: string): Finding {
  const message = `Of ${span(overMs)} only the last ${span(readMs)} could be measured; before ${utc(endMs - readMs)} UTC: ${reason}.`;
  const remedy =
    'The worst and the quietest hour are those of what was read: let Prometheus answer for more (its timeout, its retention), or ask for less (`rehearse`).';
  return notMeasured(prometheus, message, remedy);
}

const notMeasured = ({ address }: PrometheusPort, message: string, remedy: string): Finding => ({
  id: 'rehearsal-not-measured',
  severity: 'notice',
  subject: address,
  message,
  remedy,
});
