import { describe, expect, it } from 'vitest';
import { githubLog, type Commands } from '../../../src/adapters/github/log.ts';
import { secretKeeper } from '../../../src/shared/redact.ts';
import { HOSTILE, UNSAFE } from '../../report/hostile.ts';

interface Printed {
  readonly command: keyof Commands;
  readonly text: string;
}

function aLog(): {
  printed: Printed[];
  log: ReturnType<typeof githubLog>;
  tick: (ms: number) => void;
  keep: (secret: string) => void;
} {
  const printed: Printed[] = [];
  let now = Date.UTC(2026, 9, 1, 12, 5);
  const put =
    (command: keyof Commands) =>
    (text = ''): void => {
      printed.push({ command, text });
    };
  const commands: Commands = {
    info: put('info'),
    notice: put('notice'),
    warning: put('warning'),
    error: put('error'),
    startGroup: put('startGroup'),
    endGroup: put('endGroup'),
  };
  const secrets = secretKeeper();
  return {
    printed,
    log: githubLog({ commands, now: () => now, clean: secrets.clean }),
    tick: (ms) => {
      now += ms;
    },
    keep: (secret) => {
      secrets.add(secret);
    },
  };
}

describe('the log of a step', () => {
  it('puts the time before every line', () => {
    const { log, printed } = aLog();
    log.line('payments 3/5 workloads');
    expect(printed).toEqual([{ command: 'info', text: '12:05:00Z payments 3/5 workloads' }]);
  });

  it('folds a group, and says outside of it how long it took', async () => {
    const { log, printed, tick } = aLog();
    const result = await log.group('Batch 1', async () => {
      log.line('inside');
      tick(95_000);
      return Promise.resolve(7);
    });
    expect(result).toBe(7);
    expect(printed).toEqual([
      { command: 'startGroup', text: 'Batch 1' },
      { command: 'info', text: '12:05:00Z inside' },
      { command: 'endGroup', text: '' },
      { command: 'info', text: '12:06:35Z Batch 1: took 1m35s' },
    ]);
  });

  it('closes a group whose work failed, and passes the failure on', async () => {
    const { log, printed } = aLog();
    await expect(log.group('Batch 1', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(printed.map(({ command }) => command)).toEqual(['startGroup', 'endGroup', 'info']);
  });

  it('never nests groups, which the runner cannot', async () => {
    const { log, printed } = aLog();
    await log.group('outer', async () => log.group('inner', async () => Promise.resolve()));
    expect(printed.map(({ command }) => command)).toEqual(['startGroup', 'info', 'info', 'endGroup', 'info']);
  });

  it('shows plain lines unfolded, even from within a group, and closes it once only', async () => {
    const { log, printed } = aLog();
    await log.group('Batch 1', async () => {
      log.plain(['SIGTERM: stopping']);
      return Promise.resolve();
    });
    expect(printed.map(({ command, text }) => `${command} ${text}`)).toEqual([
      'startGroup Batch 1',
      'endGroup ',
      'info SIGTERM: stopping',
      'info 12:05:00Z Batch 1: took 0s',
    ]);
  });

  it('annotates no more than GitHub shows, and prints the rest', () => {
    const { log, printed } = aLog();
    for (let index = 0; index < 12; index += 1) log.warning(`pod ${String(index)}`);
    expect(printed.filter(({ command }) => command === 'warning')).toHaveLength(9);
    expect(printed.at(-1)).toEqual({ command: 'info', text: '12:05:00Z warning: pod 11' });
  });

  it.each(HOSTILE)('takes $reason for text', async ({ text }) => {
    const { log, printed } = aLog();
    log.plain([text]);
    log.line(text);
    log.warning(text);
    await log.group(text, async () => Promise.resolve());
    for (const line of printed) {
      expect(line.text).not.toMatch(UNSAFE);
      expect(line.text).not.toContain('\n');
    }
    for (const line of printed.filter(({ command }) => command === 'info')) {
      expect(line.text.trimStart()).not.toMatch(/^::/);
      expect(line.text).not.toContain('##[');
    }
  });

  it('shows no secret', async () => {
    const { log, printed, keep } = aLog();
    keep('tok-1234');
    log.plain(['a tok-1234']);
    log.line('b tok-1234');
    log.error('c tok-1234');
    await log.group('d tok-1234', async () => Promise.resolve());
    expect(JSON.stringify(printed)).not.toContain('1234');
  });
});
