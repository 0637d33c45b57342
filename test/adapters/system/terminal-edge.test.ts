import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REPORT_FILE, SUMMARY_FILE, terminalEdge } from '../../../src/adapters/system/edge.ts';
import type { Edge } from '../../../src/ports/edge.ts';
import { report } from '../../../src/report/report.ts';
import { aBasis, heldEnding, plannedEnding } from '../../report/endings.ts';
import { HOSTILE, UNSAFE } from '../../report/hostile.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'edge-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function anEdge(into = directory): { edge: Edge; text: () => string; codes: number[] } {
  const stdout = new PassThrough({ encoding: 'utf8' });
  let text = '';
  stdout.on('data', (chunk: string) => {
    text += chunk;
  });
  const codes: number[] = [];
  const edge = terminalEdge({
    inputs: { command: 'plan' },
    env: {},
    stdout,
    directory: into,
    now: () => Date.UTC(2026, 9, 1, 12, 5),
    setExitCode: (code) => codes.push(code),
  });
  return { edge, text: () => text, codes };
}

describe('the edge of a terminal', () => {
  it('indents what belongs together, without colours where there is no terminal', async () => {
    const { edge, text } = anEdge();
    await edge.log.group('Batch 1', async () => {
      edge.log.line('payments 3/5');
      return Promise.resolve();
    });
    edge.log.warning('slow');
    expect(text()).toBe(
      [
        '12:05:00Z Batch 1',
        '12:05:00Z   payments 3/5',
        '12:05:00Z Batch 1: took 0s',
        '12:05:00Z warning: slow',
        '',
      ].join('\n'),
    );
  });

  it('ends with the last lines, the files and the exit code', async () => {
    const { edge, text, codes } = anEdge();
    await edge.finish(report(aBasis(heldEnding()), edge.clean));
    expect(codes).toEqual([3]);
    const lines = text().trimEnd().split('\n');
    expect(lines[1]).toMatch(/^HELD \(error-rate\), red: /);
    expect(lines.slice(-2)).toEqual([
      `report: ${join(directory, REPORT_FILE)}`,
      `summary: ${join(directory, SUMMARY_FILE)}`,
    ]);
    expect(JSON.parse(readFileSync(join(directory, REPORT_FILE), 'utf8'))).toMatchObject({ ending: 'held' });
    expect(readFileSync(join(directory, SUMMARY_FILE), 'utf8')).toContain('### Verdict');
  });

  it('shows the plan that was asked for before the last lines', async () => {
    const { edge, text } = anEdge();
    await edge.finish(report(aBasis(plannedEnding(), { command: 'plan' }), edge.clean));
    const lines = text().split('\n');
    expect(lines[0]).toBe('Plan 0123456789ab');
    expect(lines.findIndex((line) => line.startsWith('Batch 2 of 2'))).toBeGreaterThan(0);
    expect(lines[lines.indexOf('') + 1]).toMatch(/^PLANNED, green: /);
  });

  it('warns where a file cannot be written, and ends all the same', async () => {
    const { edge, text, codes } = anEdge('/dev/null/nowhere');
    await edge.finish(report(aBasis(heldEnding()), edge.clean));
    expect(text()).toContain('warning: the report is not written: /dev/null/nowhere');
    expect(codes).toEqual([3]);
  });

  it.each(HOSTILE)('takes $reason for text', async ({ text: hostile }) => {
    const { edge, text } = anEdge();
    edge.announce([hostile]);
    edge.log.line(hostile);
    edge.log.error(hostile);
    await edge.log.group(hostile, async () => Promise.resolve());
    expect(text()).not.toMatch(UNSAFE);
    expect(text().split('\n')).toHaveLength(6);
  });

  it('shows no secret, in lines or files', async () => {
    const { edge, text } = anEdge();
    edge.mask('tok$9876');
    edge.log.line('tok$9876');
    await edge.finish(report(aBasis(heldEnding({ sentence: 'with tok$9876' })), edge.clean));
    const files = [REPORT_FILE, SUMMARY_FILE].map((file) => readFileSync(join(directory, file), 'utf8'));
    for (const shown of [text(), ...files]) {
      expect(shown).toMatch(/\*{3}|(?:&#42;){3}/);
      expect(shown).not.toContain('9876');
    }
  });
});
