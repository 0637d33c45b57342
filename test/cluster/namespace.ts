// What tells a process that it lives in the test cluster's own network, and what must be set up in there?
import { spawnSync } from 'node:child_process';

const marker = 'ISTIO_CANARY_UPGRADE_NAMESPACE';

/** A folder for everything written by what runs inside; removed when the namespace ends. */
const scratchVariable = 'ISTIO_CANARY_UPGRADE_SCRATCH';

/** Node, pod and service addresses are all local, so whoever listens on 0.0.0.0 is reached as any pod. */
const localRanges = ['10.0.0.0/24', '10.244.0.0/16', '10.96.0.0/16'];

export function insideEnvironment(scratch: string): Record<string, string> {
  return { [marker]: 'inside', [scratchVariable]: scratch };
}

export function isInside(): boolean {
  return process.env[marker] === 'inside';
}

export function scratchDirectory(): string {
  const directory = process.env[scratchVariable];
  if (!isInside() || directory === undefined) {
    throw new Error(
      'A test cluster starts only in a network of its own: run `node test/cluster/within.ts <command…>`, for example `node test/cluster/within.ts vitest run --project e2e`',
    );
  }
  return directory;
}

export function bringUpNetwork(): void {
  ip('link', 'set', 'lo', 'up');
  for (const range of localRanges) ip('route', 'add', 'local', range, 'dev', 'lo');
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')} failed in the new network namespace: ${stderr}`);
}
