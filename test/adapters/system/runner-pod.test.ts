import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runnerPod } from '../../../src/adapters/system/runner-pod.ts';

const directory = mkdtempSync(join(tmpdir(), 'pod-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('the pod we run in', () => {
  it('is known by its ServiceAccount and its host name', async () => {
    writeFileSync(join(directory, 'namespace'), 'ci\n');
    expect(await runnerPod('runner-x7k2p', directory)).toEqual({ namespace: 'ci', name: 'runner-x7k2p' });
  });

  it('is none on a machine', async () => {
    expect(await runnerPod('laptop', join(directory, 'nowhere'))).toBeUndefined();
  });
});
