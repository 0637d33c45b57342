import { describe, expect, it } from 'vitest';
import { stoppable, unlessStopped } from '../../src/phases/unless-stopped.ts';
import { Interrupted } from '../../src/shared/errors.ts';

const never = new Promise<never>(() => undefined);

describe('work that knows of no signal', () => {
  it('is waited for as long as nobody says stop', async () => {
    expect(await unlessStopped(undefined, Promise.resolve(1))).toBe(1);
    expect(await unlessStopped(new AbortController().signal, Promise.resolve(1))).toBe(1);
    await expect(unlessStopped(new AbortController().signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('is left alone at a stop, whatever it throws later', async () => {
    const stop = new AbortController();
    const work = new Promise<number>((_, reject) => setImmediate(() => reject(new Error('too late'))));
    const waiting = unlessStopped(stop.signal, work);
    stop.abort();
    expect(await waiting).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('counts where it is done already', async () => {
    expect(await unlessStopped(AbortSignal.abort(), Promise.resolve(1))).toBe(1);
  });

  it('gets the patience that is asked for, which ends with it', async () => {
    let ended = false;
    const patience = async (over: AbortSignal): Promise<void> => {
      over.addEventListener('abort', () => {
        ended = true;
      });
      return never;
    };
    const work = new Promise<number>((resolve) => setImmediate(() => resolve(1)));
    expect(await unlessStopped(AbortSignal.abort(), work, patience)).toBe(1);
    expect(ended).toBe(true);
  });
});

describe('work that writes nothing', () => {
  it('is waited for, and fails in its own words', async () => {
    const { signal } = new AbortController();
    expect(await stoppable(signal, Promise.resolve({ made: 1 }))).toEqual({ made: 1 });
    await expect(stoppable(signal, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends at a stop with what the run was told to stop by', async () => {
    const stop = new AbortController();
    const waiting = stoppable(stop.signal, never);
    stop.abort(new Interrupted('SIGINT asked this run to stop'));
    await expect(waiting).rejects.toThrow(Interrupted);
  });
});
