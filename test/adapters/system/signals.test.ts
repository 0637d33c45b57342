import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { listenForSignals } from '../../../src/adapters/system/signals.ts';
import { Interrupted } from '../../../src/shared/errors.ts';

class Process extends EventEmitter {
  readonly exits: number[] = [];
  exit(code: number): void {
    this.exits.push(code);
  }
}

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s asks for a stop, and says so once', (name) => {
    const process = new Process();
    const told: string[] = [];
    const { signal } = listenForSignals(process, (first) => told.push(first));
    process.emit(name);
    expect(signal.reason).toBeInstanceOf(Interrupted);
    expect(String(signal.reason)).toContain(name);
    expect(told).toEqual([name]);
    expect(process.exits).toEqual([]);
  });

  it('a runner that cancels sends one after the other, and waits for us', () => {
    const process = new Process();
    const { signal } = listenForSignals(process);
    process.emit('SIGINT');
    process.emit('SIGTERM');
    expect(signal.aborted).toBe(true);
    expect(process.exits).toEqual([]);
  });

  it('a person who presses Ctrl-C twice does not wait', () => {
    const process = new Process();
    listenForSignals(process);
    process.emit('SIGINT');
    process.emit('SIGINT');
    expect(process.exits).toEqual([1]);
  });

  it('leave nothing behind when disposed', () => {
    const process = new Process();
    listenForSignals(process).dispose();
    expect(process.listenerCount('SIGINT') + process.listenerCount('SIGTERM')).toBe(0);
  });
});
