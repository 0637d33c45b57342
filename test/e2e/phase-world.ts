// How does a test run one phase on the cluster, without the command around it? A world of real adapters and tools that notes what was
// said and what was announced. Before the cluster stops, that and all that the cluster stores is searched for the administrator's credentials.
import { Installer } from '../../src/adapters/istio/installer.ts';
import { KubeCluster } from '../../src/adapters/kubernetes/kube-cluster.ts';
import { loadKubeconfig } from '../../src/adapters/kubernetes/kubeconfig.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { ClusterPort } from '../../src/ports/cluster.ts';
import type { World } from '../../src/ports/world.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { mustNotLeak, secretsGiven } from '../secrets/leaks.ts';
import { searchOf } from '../secrets/stored.ts';

export interface PhaseWorld extends World {
  readonly lines: readonly string[];
  readonly intents: readonly string[];
}

export interface PhaseWorldOptions {
  /** PATH of the tools. */
  readonly path?: string;
  /** The run ends, as when a runner is killed, before it may do what this intent announces. */
  readonly killedBefore?: string;
}

export function phaseWorld(cluster: Cluster, options: PhaseWorldOptions = {}): PhaseWorld {
  const lines: string[] = [];
  const intents: string[] = [];
  const say = (text: string): void => {
    lines.push(text);
    if (process.env['SHOW'] !== undefined) console.log(text);
  };
  cluster.beforeStop(async () => {
    const secrets = secretsGiven({ inputs: { kubeconfig: cluster.kubeconfig }, env: {} });
    mustNotLeak({ 'what a phase said': lines.join('\n'), 'what it announced': intents.join('\n') }, secrets);
    await searchOf(cluster.api)(secrets);
  });
  return {
    lines,
    intents,
    cluster: clusterPort(cluster),
    clock: systemClock,
    log: { line: say, notice: say, warning: say, error: say, group: async (title, work) => (say(title), work()) },
    installer: new Installer({
      env: options.path === undefined ? cluster.env : { ...cluster.env, PATH: options.path },
      kubeconfig: cluster.kubeconfig,
    }),
    signal: new AbortController().signal,
    intend: async (what) => {
      if (what === options.killedBefore) throw new Error('killed');
      intents.push(what);
    },
  };
}

function clusterPort({ kubeconfig }: Cluster): ClusterPort {
  const loaded = loadKubeconfig({ path: kubeconfig });
  if (loaded.kind === 'problems') throw new Error(loaded.problems.map(({ message }) => message).join('; '));
  return new KubeCluster(loaded.value.config);
}
