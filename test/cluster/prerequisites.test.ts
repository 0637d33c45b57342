import { afterEach, describe, expect, it, vi } from 'vitest';
import { missingPrerequisites } from './prerequisites.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('what a machine must have', () => {
  it('is told all at once where nothing is there, each with how to get it', () => {
    vi.stubEnv('PATH', '/nowhere');
    const missing = missingPrerequisites('.');
    expect(missing.map((sentence) => /`(\w+)`/u.exec(sentence)?.[1])).toEqual([
      'go',
      'ip',
      'unshare',
      'setpriv',
      'openssl',
      'git',
    ]);
    for (const sentence of missing) expect(sentence).toMatch(/not found: \S+/u);
  });
});
