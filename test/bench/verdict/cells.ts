// What is simulated? Every combination of the bench: how much traffic, how much of it fails, in which way, and what else happens.

/** The gate's default limit; the rivals are given the same. */
export const LIMIT = 0.01;
/** Before the upgrade a tenth of the limit fails, but where nothing changes. */
export const HEALTHY = LIMIT / 10;

export const RATES = [0.1, 1, 5, 50, 500] as const;

/** How failures come: each on its own; some seconds at a time; for longer than a sample or two; or more and more. */
export type Shape = 'steady' | 'bursty' | 'long bursts' | 'ramping';

export type Incident =
  /** For a minute half of all requests in the mesh fail. `alone`: no namespace is left that could tell it. */
  | { readonly kind: 'blip'; readonly alone: boolean }
  /** Prometheus is down for five minutes: it neither scrapes nor answers. */
  | { readonly kind: 'outage' }
  /** One of the new pods has no sidecar. `strict`: its callers fail; else only its telemetry is gone. */
  | { readonly kind: 'lost-sidecar'; readonly strict: boolean };

export interface Cell {
  readonly name: string;
  /** Requests per second to the batch. */
  readonly rate: number;
  readonly shape: Shape;
  /** True error ratio of the new pods, and of the hour before. */
  readonly ratio: number;
  readonly before: number;
  readonly incident?: Incident;
  /** The truth: the upgrade did it and it is above the limit, so that going back is right. */
  readonly breach: boolean;
}

/** `before`: the hour before, where it was not healthy. A ratio of 0 or 1 has no bursts. */
const RATIOS: readonly (Pick<Cell, 'name' | 'ratio' | 'before'> & { readonly shapes: readonly Shape[] })[] = [
  { name: 'none', ratio: 0, before: 0, shapes: ['steady'] },
  { name: 'half the limit', ratio: LIMIT / 2, before: LIMIT / 2, shapes: ['steady', 'bursty'] },
  { name: 'the limit', ratio: LIMIT, before: LIMIT, shapes: ['steady', 'bursty'] },
  { name: 'the limit, healthy before', ratio: LIMIT, before: HEALTHY, shapes: ['steady', 'bursty', 'ramping'] },
  { name: '2 × the limit', ratio: 2 * LIMIT, before: HEALTHY, shapes: ['steady', 'bursty', 'ramping'] },
  { name: '10 × the limit', ratio: 10 * LIMIT, before: HEALTHY, shapes: ['steady', 'bursty', 'ramping'] },
  { name: 'all', ratio: 1, before: HEALTHY, shapes: ['steady', 'ramping'] },
];

const INCIDENTS: readonly (Pick<Cell, 'name' | 'breach'> & { readonly incident: Incident })[] = [
  { name: '60 s blip of the whole mesh', incident: { kind: 'blip', alone: false }, breach: false },
  { name: 'the same, nothing to compare with', incident: { kind: 'blip', alone: true }, breach: false },
  { name: '5 min without Prometheus', incident: { kind: 'outage' }, breach: false },
  { name: 'a sidecar lost, its callers fail', incident: { kind: 'lost-sidecar', strict: true }, breach: true },
  { name: 'a sidecar lost, only its telemetry', incident: { kind: 'lost-sidecar', strict: false }, breach: false },
];

/** What a long burst does hangs on its length, hardly on the traffic. */
const RATES_OF_LONG_BURSTS = [5, 50, 500];

/** A ramp begins at nothing: before it a batch is healthy, also where half the limit is all that it comes to. */
const HALF_A_RAMP = { name: 'half the limit, healthy before', ratio: LIMIT / 2, before: HEALTHY, breach: false };

export const CELLS: readonly Cell[] = [
  ...RATIOS.flatMap(({ name, ratio, before, shapes }) =>
    shapes.flatMap((shape) => RATES.map((rate): Cell => ({ name, rate, shape, ratio, before, breach: ratio > LIMIT }))),
  ),
  ...INCIDENTS.flatMap(({ name, incident, breach }) =>
    RATES.map((rate): Cell => ({ name, rate, shape: 'steady', ratio: HEALTHY, before: HEALTHY, incident, breach })),
  ),
  // A cell's place is a part of its seed: what is new stands last, and leaves the others' traffic as it was.
  ...RATIOS.filter(({ shapes }) => shapes.includes('bursty')).flatMap(({ name, ratio, before }) =>
    RATES_OF_LONG_BURSTS.map((rate): Cell => ({
      name,
      rate,
      shape: 'long bursts',
      ratio,
      before,
      breach: ratio > LIMIT,
    })),
  ),
  ...RATES.map((rate): Cell => ({ ...HALF_A_RAMP, rate, shape: 'ramping' })),
];
