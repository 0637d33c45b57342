import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { leaks, mustNotLeak, secretsGiven } from './leaks.ts';

const directory = mkdtempSync(join(tmpdir(), 'leaks-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const write = (name: string, content: string): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};
const PEM = `-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n-----END PRIVATE KEY-----\n`;

describe('the secrets that a run is given', () => {
  it('stand in inputs, environment and kubeconfig, and in the files that it names', () => {
    write('token', 'token-in-a-file\n');
    const user = {
      token: 'token-inline',
      password: 'password-inline',
      'client-key-data': btoa(PEM),
      tokenFile: 'token',
      username: 'nobody-special',
      exec: {
        command: 'plugin',
        args: [
          'get-token',
          '--client-secret=secret-of-a-flag',
          '--password',
          'password-of-a-flag',
          '--name',
          'no-secret',
        ],
        env: [{ name: 'AWS_SECRET_ACCESS_KEY', value: 'secret-of-env' }],
      },
    };
    const cluster = { server: 'https://mesh', 'proxy-url': 'http://me:proxy%24word@proxy' };
    const users = [{ name: 'u', user }];
    const kubeconfig = write('kubeconfig', JSON.stringify({ users, clusters: [{ name: 'c', cluster }] }));
    const inputs = {
      kubeconfig,
      'prometheus-token': 'token-of-prometheus',
      'prometheus-headers': 'X-Scope-OrgID: team-names\nAuthorization: Basic abcdef',
    };
    const env = { MY_TOKEN: 'token-of-env', HTTPS_PROXY: 'http://me:word-of-env@proxy', HOME: '/home/me' };
    expect(new Set(secretsGiven({ inputs, env }))).toEqual(
      new Set([
        'token-of-prometheus',
        'Basic abcdef',
        'token-of-env',
        'token-inline',
        'password-inline',
        btoa(PEM),
        'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49',
        'token-in-a-file',
        'secret-of-env',
        'secret-of-a-flag',
        'password-of-a-flag',
        'proxy%24word',
        'proxy$word',
        'word-of-env',
      ]),
    );
  });
});

describe('a leak', () => {
  const secret = 'p$ss "word"';
  it.each([
    [secret, 'as it is'],
    [JSON.stringify({ secret }), 'in JSON'],
    [encodeURIComponent(secret), 'in a URL'],
    [btoa(secret), 'in base64'],
  ])('is found in %s: %s', (text) => {
    expect(leaks({ log: `x${text}y`, report: 'nothing' }, [secret])).toEqual(['log']);
    expect(() => {
      mustNotLeak({ log: text }, [secret]);
    }).toThrow('a secret leaked: it stands in log');
  });
});
