import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { outliveReaders } from '../../../src/adapters/system/closed-pipe.ts';

const failing = (code: string): (() => void) => {
  const stream = new EventEmitter();
  outliveReaders(stream);
  return () => stream.emit('error', Object.assign(new Error(`write ${code}`), { code }));
};

it('a reader that goes away stops nothing', () => {
  expect(failing('EPIPE')).not.toThrow();
});

it('a disk that is full is as bad as before', () => {
  expect(failing('ENOSPC')).toThrow('write ENOSPC');
});
