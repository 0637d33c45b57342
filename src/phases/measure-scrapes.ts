// How often does Prometheus scrape the mesh, and how late do samples arrive? Measured, never assumed.
import type { LabelMatcher } from '../config/config.ts';
import type { World } from '../ports/world.ts';
import { newestQuery } from '../slo/freshness.ts';
import { scrapeIntervalQuery } from '../slo/queries.ts';
import { span } from '../slo/sentence.ts';
import { askRows, firstNumber, prometheusNow } from './ask-prometheus.ts';

export interface Scrapes {
  readonly scrapeIntervalMs: number;
  readonly lagMs: number;
}

/**
 * The scrape interval, and the least age of the newest sample over `looks` looks spread over one interval. Undefined where no series has
 * two samples yet, or nothing answers.
 */
export async function measureScrapes(
  { prometheus, clock }: Required<Pick<World, 'prometheus'>> & Pick<World, 'clock'>,
  matchers: readonly LabelMatcher[],
  looks: number,
  signal?: AbortSignal,
): Promise<Scrapes | undefined> {
  const answer = await askRows(prometheus, scrapeIntervalQuery(matchers), prometheusNow(clock, prometheus));
  const seconds = answer.kind === 'rows' ? firstNumber(answer.rows) : undefined;
  if (seconds === undefined || seconds <= 0) return undefined;
  const scrapeIntervalMs = Math.round(seconds * 1000);
  let age = Infinity;
  for (let look = 0; look < looks; look += 1) {
    if (signal?.aborted === true) break;
    if (look > 0) await clock.sleep(scrapeIntervalMs / looks, signal);
    const nowMs = prometheusNow(clock, prometheus);
    const newest = await askRows(prometheus, newestQuery([], matchers), nowMs);
    const newestS = newest.kind === 'rows' ? firstNumber(newest.rows) : undefined;
    if (newestS !== undefined) age = Math.min(age, nowMs - newestS * 1000);
  }
  if (age === Infinity) return undefined;
  // One look can't tell lag from the wait for the next scrape; the newest of all series is at most an interval old.
  const lagMs = Math.max(0, Math.round(looks > 1 ? age : age - scrapeIntervalMs));
  return { scrapeIntervalMs, lagMs };
}

/** For the log's first lines; undefined: not known. */
export const scrapesLine = ({ address }: { readonly address: string }, scrapes: Scrapes | undefined): string =>
  scrapes === undefined
    ? `Prometheus ${address}: neither scrape interval nor lag is known: it does not answer, or no series has two samples yet`
    : `Prometheus ${address}: scrapes every ${span(scrapes.scrapeIntervalMs)}, samples arrive within ${span(scrapes.lagMs)}`;
