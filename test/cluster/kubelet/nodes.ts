// Which nodes does the cluster have, and where do pods get their addresses?
import { type Api, ApiError } from '../api.ts';
import type { Pod } from './pod.ts';
import type { Addresses } from './status.ts';

export const nodeNames = ['fake-0', 'fake-1', 'fake-2', 'fake-3'];

const hostAddress = (node: string): string => `10.0.0.${10 + nodeNames.indexOf(node)}`;

/** istiod injects native sidecars where every kubelet is 1.33 or newer, classic ones below: hence a version of our choice. */
export async function publishNodes(api: Api, version: string): Promise<void> {
  await Promise.all(nodeNames.map((name) => publishNode(api, name, version)));
}

async function publishNode(api: Api, name: string, version: string): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  await api.create('/api/v1/nodes', { metadata: { name, labels } }).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 409)) throw error;
  });
  await api.patch(`/api/v1/nodes/${name}`, { spec: { taints: null } }); // admission taints new nodes as not ready
  const time = new Date().toISOString();
  const room = { cpu: '1k', memory: '1Ti', pods: '10k' };
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: {
      capacity: room,
      allocatable: room,
      addresses: [{ type: 'InternalIP', address: hostAddress(name) }],
      conditions: [
        { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: time, lastTransitionTime: time },
      ],
      nodeInfo: {
        kubeletVersion: version.startsWith('v') ? version : `v${version}`,
        kubeProxyVersion: '',
        machineID: '',
        systemUUID: '',
        bootID: '',
        kernelVersion: '',
        osImage: 'fake',
        containerRuntimeVersion: 'fake://0',
        operatingSystem: 'linux',
        architecture: 'amd64',
      },
    },
  });
}

/** Pod addresses 10.244.1.0 to 10.244.255.255, each used again only when its pod is gone and the others had their turn. */
export class AddressBook {
  readonly #byPod = new Map<string, string>();
  readonly #used = new Set<string>();
  #next = 256;

  of(pod: Pod): Addresses {
    const hostIP = hostAddress(pod.spec.nodeName ?? '');
    if (pod.spec.hostNetwork === true) return { podIP: hostIP, hostIP };
    const known = this.#byPod.get(pod.metadata.uid);
    const podIP = known ?? this.#take();
    if (known === undefined) {
      this.#byPod.set(pod.metadata.uid, podIP);
      this.#used.add(podIP);
    }
    return { podIP, hostIP };
  }

  release(uid: string): void {
    this.#used.delete(this.#byPod.get(uid) ?? '');
    this.#byPod.delete(uid);
  }

  #take(): string {
    for (let tries = 0; tries < 65_536; tries += 1) {
      const address = `10.244.${this.#next >> 8}.${this.#next & 255}`;
      this.#next = this.#next === 65_535 ? 256 : this.#next + 1;
      if (!this.#used.has(address)) return address;
    }
    throw new Error('no pod address is left in 10.244.0.0/16');
  }
}
