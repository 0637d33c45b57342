import { describe, expect, it } from 'vitest';
import { parseAcceptHold } from '../../src/config/accept-hold.ts';
import { parseCertificate, parseKubeconfigPath, parseToken } from '../../src/config/credentials.ts';
import { nearest } from '../../src/config/nearest.ts';
import { shown } from '../../src/config/parsed.ts';
import { parseBatch, parseChoice, parseCount, parseIds, parsePlanHash, parseYesNo } from '../../src/config/simple.ts';
import { problemsOf, valueOf } from './text.ts';

describe('plain values', () => {
  it('are numbers from one', () => {
    expect(valueOf(parseCount('300'))).toBe(300);
    for (const text of ['0', '-1', '1.5', '1e3', 'many', ''])
      expect(problemsOf(parseCount(text))).toContain('whole number');
  });

  it('are exactly true or false', () => {
    expect(valueOf(parseYesNo('false'))).toBe(false);
    for (const text of ['yes', 'True', '1']) expect(problemsOf(parseYesNo(text))).toContain('neither true nor false');
  });

  it('are one of a few words, with the nearest one named', () => {
    const parse = parseChoice(['rollback', 'rollback-batch', 'hold']);
    expect(valueOf(parse('hold'))).toBe('hold');
    expect(problemsOf(parse('rolback'))).toContain('perhaps `rollback` was meant');
    expect(problemsOf(parse('explode'))).not.toContain('perhaps');
  });

  it('are the next batch or a numbered one', () => {
    expect(valueOf(parseBatch('next'))).toBe('next');
    expect(valueOf(parseBatch('12'))).toBe(12);
    for (const text of ['0', '-1', 'last', '1.0']) expect(problemsOf(parseBatch(text))).toContain('neither `next`');
  });

  it('are ids of findings', () => {
    expect(valueOf(parseIds('both-injection-labels\nbaseline-over-limit'))).toEqual([
      'both-injection-labels',
      'baseline-over-limit',
    ]);
    expect(problemsOf(parseIds('Both Labels'))).toContain('not the id of a finding');
  });

  it("are a plan's hash of 12 hex digits", () => {
    expect(valueOf(parsePlanHash('3F9C0A1B2D4E'))).toBe('3f9c0a1b2d4e');
    expect(problemsOf(parsePlanHash('3f9c0a1b2d4'))).toContain('12 hex digits');
  });
});

describe('accept-hold', () => {
  it.each(['no-traffic', 'inconclusive', 'blind', 'mesh-wide-incident'])('takes the HOLD %s', (code) => {
    expect(valueOf(parseAcceptHold(code))).toBe(code);
  });

  it.each([
    ['error-rate', 'no FAIL can be accepted'],
    ['objective', 'no FAIL can be accepted'],
    ['out-of-time', 'why a run stopped'],
    ['no-trafic', 'perhaps `no-traffic` was meant'],
    ['ok', 'none of'],
  ])('refuses %s: %s', (code, problem) => {
    expect(problemsOf(parseAcceptHold(code))).toContain(problem);
  });
});

describe('credentials', () => {
  it.each(['apiVersion: v1\nkind: Config', '{"clusters": [{"token": "hunter2"}]}', 'users: hunter2'])(
    'a kubeconfig is a path, and content is refused without a word of it: %j',
    (text) => {
      const problems = problemsOf(parseKubeconfigPath(text));
      expect(problems).toContain('content of a kubeconfig');
      expect(problems).not.toContain('hunter2');
    },
  );

  it('a path is a path', () => {
    expect(valueOf(parseKubeconfigPath('/home/me/.kube/config.yaml'))).toBe('/home/me/.kube/config.yaml');
  });

  it.each(['Bearer hunter2', 'hunter2 two', 'hunter2\nx'])('a token is one word: not %j', (text) => {
    expect(problemsOf(parseToken(text))).toContain('the token');
    expect(problemsOf(parseToken(text))).not.toContain('hunter2');
  });

  it('a CA is a certificate or a path', () => {
    expect(valueOf(parseCertificate('ca.pem'))).toBe('ca.pem');
    const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----';
    expect(valueOf(parseCertificate(pem))).toBe(pem);
    expect(problemsOf(parseCertificate('-----BEGIN PRIVATE KEY-----\nhunter2'))).toContain('private key');
    expect(problemsOf(parseCertificate('MII\nhunter2'))).toContain('neither a path nor PEM');
  });
});

describe('the nearest name', () => {
  it.each<[string, string[], string | undefined, string]>([
    ['tagg', ['tag', 'batch'], 'tag', 'one letter too many'],
    ['abtches', ['batch', 'batches'], 'batches', 'two letters swapped'],
    ['TAG', ['tag'], 'tag', 'case is a slip'],
    ['kubernetes', ['tag', 'batch'], undefined, 'nothing is near'],
    ['x', ['y'], 'y', 'one edit is always near'],
  ])('of %s among %j is %s: %s', (name, candidates, expected) => {
    expect(nearest(name, candidates)).toBe(expected);
  });
});

describe('a text as it is shown', () => {
  it('is quoted, in one line, clipped, and cannot reverse the reading direction', () => {
    expect(shown('a\n::error::b')).toBe('"a\\n::error::b"');
    expect(shown('x'.repeat(100))).toHaveLength(60);
    expect(shown('\u001B[31m\u202Eevil')).toBe('"\\u001b[31m?evil"');
  });
});
