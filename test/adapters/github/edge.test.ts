import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { githubEdge } from '../../../src/adapters/github/edge.ts';
import type { Edge } from '../../../src/ports/edge.ts';
import { report } from '../../../src/report/report.ts';
import { aBasis, heldEnding, plannedEnding } from '../../report/endings.ts';

const SECRET = 'payments-9876';
let directory: string;
let said: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'edge-'));
  for (const file of ['OUTPUT', 'STATE', 'STEP_SUMMARY']) {
    writeFileSync(join(directory, file), '');
    vi.stubEnv(`GITHUB_${file}`, join(directory, file));
  }
  vi.stubEnv('RUNNER_TEMP', directory);
  said = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const anEdge = (): Edge => githubEdge({ names: [], now: () => Date.UTC(2026, 9, 1, 12, 5) });
const outputs = (): string => readFileSync(join(directory, 'OUTPUT'), 'utf8');
const lines = (): readonly string[] => said.join('').trimEnd().split('\n');

describe("a step's outputs", () => {
  it('are set, all of them, where none holds a secret', async () => {
    const edge = anEdge();
    edge.mask(SECRET);
    await edge.finish(report(aBasis(heldEnding()), edge.clean));
    expect(outputs()).toContain('ending<<');
    expect(outputs()).toContain('\nheld\n');
    expect(lines().filter((line) => line.startsWith('::error::output'))).toEqual([]);
  });

  it('leave out the one that holds a secret, which the runner would drop without a word, and say so loudly', async () => {
    const edge = anEdge();
    edge.mask(SECRET);
    await edge.finish(report(aBasis(heldEnding({ sentence: `batch 2 is held: ${SECRET} fails` })), edge.clean));
    expect(outputs()).not.toContain(SECRET);
    expect(outputs()).not.toMatch(/^reason<</m);
    expect(outputs()).toMatch(/^reason-code<</m);
    expect(lines().filter((line) => line.startsWith('::error::output'))).toEqual([
      '::error::output reason is not set: it contains a credential (or text that equals one). Rename what it names, or change the credential.',
    ]);
    const shown = lines().filter((line) => !line.startsWith('::add-mask::'));
    expect(shown.join('\n')).not.toContain(SECRET);
  });
});

describe("a step's log", () => {
  it('shows the plan that was asked for before the last lines, and folds neither', async () => {
    const edge = anEdge();
    await edge.finish(report(aBasis(plannedEnding(), { command: 'plan' }), edge.clean));
    const [plan, ending] = ['Plan 0123456789ab', 'PLANNED, green: '].map((begin) =>
      lines().findIndex((line) => line.startsWith(begin)),
    );
    expect(plan).toBeGreaterThanOrEqual(0);
    expect(ending).toBeGreaterThan(plan ?? 0);
    expect(said.join('')).not.toContain('::group::');
  });
});
