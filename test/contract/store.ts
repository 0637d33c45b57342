// What is a store of series to a contract test? Something that answers Prometheus' query API over series written beforehand.
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** The counter that series are of unless they say otherwise. */
export const COUNTER = 'istio_requests_total';

export interface Series {
  /** Another counter, or (without `_total`) a gauge. */
  readonly metric?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Time in seconds and value, in order. */
  readonly samples: readonly (readonly [number, number])[];
}
export interface Store {
  readonly url: string;
  stop(): void;
}

/** `istio_requests_total{a="b"}`. */
export const seriesText = ({ metric = COUNTER, labels }: Series): string =>
  `${metric}{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;

/** Resolves when a GET of the address succeeds; false when it does not within half a minute. */
export async function answers(url: string): Promise<boolean> {
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return true;
    await pause(50);
  }
  return false;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('no free port on 127.0.0.1');
  return address.port;
}
