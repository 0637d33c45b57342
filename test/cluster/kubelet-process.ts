// How does a test talk to the fake kubelet's process?
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersOk } from './control-plane.ts';
import { Daemon } from './daemon.ts';
import { type KubeletSettings, type KubeletState, kubeletPort } from './fake-kubelet.ts';
import type { IstiodProcess } from './kubelet/istiod.ts';
import type { Stats } from './kubelet/lifecycle.ts';
import type { Rule } from './kubelet/rules.ts';

const url = `http://127.0.0.1:${kubeletPort}/`;

export interface Kubelet {
  /** Replaces all rules; pods that are not ready yet obey at their next step. */
  setRules: (rules: readonly Rule[]) => Promise<void>;
  stats: () => Promise<Stats>;
  /** The running processes of control planes, to be killed or stopped by pid. */
  istiods: () => Promise<IstiodProcess[]>;
}

export const kubelet: Kubelet = {
  setRules: async (rules) => void (await ask({ method: 'PUT', body: JSON.stringify(rules) })),
  stats: async () => (await ask()).stats,
  istiods: async () => (await ask()).istiods,
};

async function ask(init: RequestInit = {}): Promise<KubeletState> {
  const response = await fetch(url, init);
  const state: KubeletState = JSON.parse(await response.text());
  return state;
}

export function kubeletDaemon(settings: KubeletSettings, runDir: string): Daemon {
  const file = join(runDir, 'kubelet.json');
  writeFileSync(file, JSON.stringify(settings, null, 2));
  return new Daemon({
    name: 'kubelet',
    command: process.execPath,
    args: [join(import.meta.dirname, 'fake-kubelet.ts'), file],
    logDir: settings.logDir,
    ready: () => answersOk(url),
  });
}
