import { describe, expect, it } from 'vitest';
import { whileWaiting } from '../../src/phases/while-waiting.ts';
import { FakeLog } from '../fakes/log.ts';
import { ManualClock } from '../fakes/manual-clock.ts';

/** A tool that ends when told, and speaks when told. */
function slowTool() {
  const clock = new ManualClock();
  const log = new FakeLog();
  const end = Promise.withResolvers<string>();
  const said: { say?: (line: string) => void } = {};
  const result = whileWaiting({ clock, log }, 'helm to install 1-32', async (say) => {
    said.say = say;
    return end.promise;
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) await clock.advance(1_000);
  };
  return { log, end, result, pass, speak: (line: string): void => said.say?.(line) };
}

describe('a tool', () => {
  it('that says nothing is spoken for, with what is waited for and since when', async () => {
    const { log, end, result, pass } = slowTool();
    await pass(95);
    expect(log.lines).toEqual([
      'waiting for helm to install 1-32 since 30s',
      'waiting for helm to install 1-32 since 1m',
      'waiting for helm to install 1-32 since 1m30s',
    ]);
    end.resolve('done');
    expect(await result).toBe('done');
    await pass(300);
    expect(log.lines).toHaveLength(3);
  });

  it('that speaks is not interrupted', async () => {
    const { log, end, result, pass, speak } = slowTool();
    for (let time = 0; time < 4; time += 1) {
      await pass(20);
      speak('helm: creating 3 resource(s)');
    }
    await pass(30);
    expect(log.lines.slice(4)).toEqual(['waiting for helm to install 1-32 since 1m50s']);
    end.resolve('');
    await result;
  });

  it('that fails is silent at once', async () => {
    const { log, end, result, pass } = slowTool();
    end.reject(new Error('timed out'));
    await expect(result).rejects.toThrow('timed out');
    await pass(60);
    expect(log.lines).toEqual([]);
  });
});
