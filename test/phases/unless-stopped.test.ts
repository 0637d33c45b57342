import { describe, expect, it } from 'vitest';
import { unlessStopped } from '../../src/phases/unless-stopped.ts';

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
