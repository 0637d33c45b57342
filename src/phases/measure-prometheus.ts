// Preflight: can the gate trust this Prometheus? Reachable, itself, with Istio's series of this cluster and no other.
import type { GateSettings } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { PrometheusPort, QueryAnswer } from '../ports/prometheus.ts';
import type { World } from '../ports/world.ts';
import { asPromQL } from '../slo/promql.ts';
import { originsQuery } from '../slo/queries.ts';
import { span } from '../slo/sentence.ts';
import { REQUESTS } from '../slo/signals.ts';
import { askRows, firstNumber, missingPart, prometheusNow } from './ask-prometheus.ts';
import { checkObjectives } from './check-objectives.ts';
import { dropsFirstSamples, measureOrigins, severalClusters } from './measure-origins.ts';
import { measureScrapes, type Scrapes, scrapesLine } from './measure-scrapes.ts';

export interface PrometheusMeasured extends Partial<Scrapes> {
  readonly findings: readonly Finding[];
}
type PreflightWorld = Pick<World, 'prometheus' | 'clock' | 'log'>;

/** Looks spread over one scrape interval, to tell lag from waiting. */
const LOOKS = 3;
const NOTABLE_SKEW_MS = 5_000;
/** Namespaces that stand for all where a query is only tried. */
const SOME = 20;

/** Every finding about Prometheus, and the measured scrape interval and lag where there are series to measure. Asks a handful of queries. */
export async function measurePrometheus(
  { prometheus, clock, log }: PreflightWorld,
  settings: GateSettings,
  pods: readonly { readonly name: string; readonly namespace: string }[],
): Promise<PrometheusMeasured> {
  if (prometheus === undefined)
    return {
      findings: [
        finding('prometheus-unreachable', 'prometheus-url', 'No Prometheus was named.', 'Set prometheus-url.'),
      ],
    };
  const { matchers } = settings;
  const now = await prometheus.query(originsQuery(matchers), prometheusNow(clock, prometheus));
  const isEmpty = now.kind === 'vector' && now.samples.length === 0;
  const origins = isEmpty
    ? await prometheus.query(originsQuery(matchers, 'lately'), prometheusNow(clock, prometheus))
    : now;
  if (origins.kind !== 'vector') return { findings: [refusal(prometheus, origins)] };
  const missing = missingPart(origins);
  if (missing !== undefined) return { findings: [inPart(prometheus, missing)] };
  if (origins.samples.length === 0) return { findings: [await noSeries(prometheus, settings, clock.now())] };
  const known = new Set(pods.map(({ name }) => name));
  const look = async (): Promise<{ scrapes?: Scrapes; nowMs: number; strange: readonly Finding[] }> => {
    const scrapes = await measureScrapes({ prometheus, clock }, matchers, LOOKS);
    const nowMs = prometheusNow(clock, prometheus);
    if (scrapes === undefined) return { nowMs, strange: [] };
    return { scrapes, nowMs, strange: await measureOrigins(prometheus, { matchers, nowMs, scrapes, pods: known }) };
  };
  const first = await look();
  const { scrapes, nowMs, strange } =
    first.scrapes === undefined || first.strange.length === 0 ? first : await lookAgain(first.scrapes, clock, look);
  log.line(scrapesLine(prometheus, scrapes));
  const late = await answersLate(prometheus, nowMs);
  const origin = [...severalClusters(origins.samples), ...dropsFirstSamples(origins.samples), ...strange];
  const some = [...new Set(pods.map(({ namespace }) => namespace)), 'default'].slice(0, SOME);
  const refused = await checkObjectives(prometheus, settings, some, nowMs);
  return { findings: [...origin, ...refused, ...skewed(prometheus), ...late], ...scrapes };
}

/**
 * A Prometheus that was away for a while has the last samples of pods that ended meanwhile, and they look as fresh as all others until
 * it has scraped again: only what is still strange then is believed.
 */
async function lookAgain<T>(
  { scrapeIntervalMs, lagMs }: Scrapes,
  clock: PreflightWorld['clock'],
  look: () => Promise<T>,
): Promise<T> {
  await clock.sleep(Math.min(Math.max(2 * scrapeIntervalMs, lagMs), LONGEST_WAIT_MS));
  return look();
}
const LONGEST_WAIT_MS = 60_000;

function finding(id: string, subject: string, message: string, remedy: string): Finding {
  return { id, severity: 'blocks', subject, message, remedy };
}

function refusal({ address }: PrometheusPort, answer: Exclude<QueryAnswer, { kind: 'vector' }>): Finding {
  const { cause, reason } = answer;
  if (cause === 'auth')
    return finding(
      'prometheus-auth',
      address,
      `Prometheus refuses the credentials: ${reason}.`,
      address.startsWith('kubernetes://')
        ? "Let the kubeconfig's user create on services/proxy in that namespace: a query is a POST through the API server."
        : 'Check prometheus-token and prometheus-headers, and what they are allowed to read.',
    );
  if (cause === 'not-prometheus')
    return finding(
      'prometheus-not-prometheus',
      address,
      `Something other than Prometheus answers: ${reason}.`,
      'Set prometheus-url to the address under which POST /api/v1/query answers JSON, with its prefix (Mimir and Cortex: /prometheus); a login page means that a token is missing.',
    );
  if (answer.kind === 'misconfigured')
    return finding(
      'prometheus-refuses-query',
      address,
      `Prometheus refuses the gate's query: ${reason}.`,
      'Check prometheus-matchers and prometheus-params.',
    );
  return finding(
    'prometheus-unreachable',
    address,
    `Prometheus can't be reached: ${reason}.`,
    'Check prometheus-url, and that this runner may connect to it; kubernetes://namespace/service:port goes through the API server.',
  );
}

const inPart = ({ address }: PrometheusPort, missing: string): Finding =>
  finding(
    'prometheus-answers-in-part',
    address,
    `Prometheus answers from a part of its data only: ${missing}. What is missing would count as no requests and no errors.`,
    'Bring back the store that is missing; prometheus-params can ask for an error instead of a partial answer (Thanos: partial_response=false).',
  );

async function noSeries(prometheus: PrometheusPort, { matchers }: GateSettings, nowMs: number): Promise<Finding> {
  const all = matchers.length === 0 ? undefined : await prometheus.query(originsQuery([]), nowMs + prometheus.skewMs());
  const hidden = all?.kind === 'vector' && all.samples.length > 0;
  return finding(
    'no-istio-metrics',
    prometheus.address,
    hidden
      ? `${REQUESTS} is there, but no series fits prometheus-matchers.`
      : `Prometheus has no series of ${REQUESTS} from the last five minutes.`,
    hidden
      ? 'Check prometheus-matchers against the labels of the series.'
      : 'Let Prometheus scrape the sidecars (port 15020, path /stats/prometheus), and send a request through the mesh.',
  );
}

function skewed(prometheus: PrometheusPort): readonly Finding[] {
  const skewMs = prometheus.skewMs();
  if (Math.abs(skewMs) < NOTABLE_SKEW_MS) return [];
  return [
    {
      id: 'clock-skew',
      severity: 'notice',
      subject: prometheus.address,
      message: `Prometheus' clock is ${span(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine's; windows are computed with its clock.`,
      remedy: 'Let both take their time from NTP.',
    },
  ];
}

/** More than what a clock may differ by. */
const LATE_MS = 3_000;

/** Whether a question about now is answered about some time before, as VictoriaMetrics does to hide samples still on their way. */
async function answersLate(prometheus: PrometheusPort, nowMs: number): Promise<readonly Finding[]> {
  const answer = await askRows(prometheus, asPromQL('time()'), nowMs);
  const seconds = answer.kind === 'rows' ? firstNumber(answer.rows) : undefined;
  const lateMs = seconds === undefined ? 0 : nowMs - seconds * 1000;
  if (lateMs < LATE_MS) return [];
  return [
    {
      id: 'prometheus-answers-late',
      severity: 'notice',
      subject: prometheus.address,
      message: `Questions about now are answered as of ${span(lateMs)} ago, so the gate sees everything that much later.`,
      remedy: 'On VictoriaMetrics, add nocache=1 to prometheus-params.',
    },
  ];
}
