// How many proxies are connected to each replica of a revision's istiod? Each is asked through the API server, on the port of its
// metrics, which a firewall between control plane and nodes may close. Decides nothing: a replica that keeps silent says why.
import { POD, type PodObject } from '../mesh/kinds.ts';
import { REV, type Revision } from '../mesh/names.ts';
import { meshPod } from '../mesh/pod.ts';
import { connectedProxies } from '../mesh/connected-proxies.ts';
import type { ClusterPort, Patience } from '../ports/cluster.ts';
import { ApiError } from '../shared/errors.ts';

/** Of one replica; `pod` is its name as messages say it. */
export type Answer =
  | { readonly kind: 'connected'; readonly pod: string; readonly proxies: number }
  /** `why`: a sentence that begins with the pod. */
  | { readonly kind: 'silent'; readonly pod: string; readonly why: string };

const METRICS_PORT = 15_014;
/** A firewall that drops what it does not admit answers nothing, and a look ahead must not keep people waiting for that. */
const LOOK_AHEAD: Patience = { attempts: 2, deadlineMs: 10_000 };

/** One answer for each replica that is there; none where there is no replica. */
export async function askIstiods(
  cluster: ClusterPort,
  source: Revision,
  istioNamespace: string,
  isAsked: (pod: PodObject) => boolean = isAlive,
  patience?: Patience,
): Promise<readonly Answer[]> {
  const replicas = async (): Promise<readonly PodObject[]> =>
    cluster.list(POD, { namespace: istioNamespace, labelSelector: `app=istiod,${REV}=${source}` });
  const pods = await replicas();
  const answers = await Promise.all(
    pods.filter(isAsked).map(async (pod) => answerOf(cluster, pod, replicas, patience)),
  );
  return answers.flat();
}

/** Why it cannot be asked, by the word of one replica; undefined where one answers, or none is ready: then a port is not the cause. */
export async function whyUnreachable(
  cluster: ClusterPort,
  source: Revision,
  istioNamespace: string,
): Promise<string | undefined> {
  const answers = await askIstiods(cluster, source, istioNamespace, isReady, LOOK_AHEAD);
  const silent = answers.flatMap((answer) => (answer.kind === 'silent' ? [answer.why] : []));
  return silent.length === answers.length ? silent[0] : undefined;
}

async function answerOf(
  cluster: ClusterPort,
  { metadata }: PodObject,
  replicas: () => Promise<readonly PodObject[]>,
  patience?: Patience,
): Promise<readonly Answer[]> {
  const { name, namespace = '', uid } = metadata;
  const pod = `Pod ${namespace}/${name}`;
  try {
    const metrics = await cluster.proxyGet({ name, namespace, port: METRICS_PORT }, '/metrics', patience);
    const proxies = connectedProxies(metrics);
    if (proxies !== undefined) return [{ kind: 'connected', pod, proxies }];
    return [{ kind: 'silent', pod, why: `${pod} does not say how many proxies are connected to it` }];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // One that has gone since the list was taken has no connection any more. Listed again: no role may get a pod.
    if (error.status === 404 && !(await replicas()).some((other) => other.metadata.uid === uid)) return [];
    const cause = error.reason === 'Timeout' ? `port ${String(METRICS_PORT)} did not answer: ` : '';
    const why = `${pod} cannot be asked how many proxies are connected to it: ${cause}${error.message}`;
    return [{ kind: 'silent', pod, why }];
  }
}

const isAlive = ({ status }: PodObject): boolean => status?.phase !== 'Succeeded' && status?.phase !== 'Failed';
const isReady = (pod: PodObject): boolean => {
  const { ready, finished } = meshPod(pod);
  return ready && !finished;
};
