import { describe, expect, it } from 'vitest';
import { refused } from '../../src/commands/refusal.ts';
import type { Finding } from '../../src/mesh/finding.ts';

const aFinding = (over: Partial<Finding> = {}): Finding => ({
  id: 'x',
  severity: 'blocks',
  subject: 'tag prod',
  message: 'it points nowhere',
  remedy: 'Look.',
  ...over,
});

describe('a refusal', () => {
  it.each([
    ['it points nowhere', 'tag prod: it points nowhere'],
    ['tag prod points nowhere', 'tag prod points nowhere'],
    ['tag prod points nowhere.', 'tag prod points nowhere'],
  ])('names the object of %j once', (message, told) => {
    const findings = [aFinding({ message })];
    expect(refused(findings).sentence).toBe(`refused, and nothing was written: ${told}`);
    expect(refused([...findings, aFinding()]).sentence).toBe(`refused, and nothing was written: ${told}, and 1 more`);
  });

  it('says itself what to do about one finding, and about several that ask for the same', () => {
    expect(refused([aFinding()]).next).toBe('Look. Doing nothing is safe.');
    expect(refused([aFinding(), aFinding({ subject: 'tag qa' })]).next).toBe('Look. Doing nothing is safe.');
  });

  it('leaves the remedies of several findings where it is seen what each is about', () => {
    const { next } = refused([aFinding(), aFinding({ subject: 'input bake', remedy: 'Write 5m.' })]);
    expect(next).toMatch(/^Each of the 2 findings has its remedy beside it, .* Doing nothing is safe\.$/u);
  });
});
