import { describe, expect, it } from 'vitest';
import { secretsIn, secretsInFile } from '../../src/config/secrets.ts';

describe('what is masked', () => {
  it.each<[Record<string, string>, string[], string]>([
    [{ 'prometheus-token': ' tok3n\n' }, ['tok3n'], 'as it travels, trimmed'],
    [{ 'prometheus-token': 'Bearer tok3n' }, ['tok3n'], 'without the scheme'],
    [{ 'prometheus-headers': 'Authorization: Bearer tok3n' }, ['Bearer tok3n', 'tok3n'], 'with and without the scheme'],
    [
      { 'prometheus-headers': 'Authorization: Basic dXNlcjpodW50ZXIy' },
      ['Basic dXNlcjpodW50ZXIy', 'dXNlcjpodW50ZXIy', 'hunter2'],
      'and the password inside',
    ],
    [{ 'prometheus-headers': 'X-Scope-OrgID: prod\nX-Api-Key: k3y5' }, ['k3y5'], "a tenant's name is none"],
    [{ 'prometheus-headers': 'just-a-secret' }, ['just-a-secret'], 'even where it is no header'],
    [{ 'prometheus-url': 'https://me:hunter%212@p/x' }, ['hunter%212', 'hunter!2'], 'a password in the address'],
    [
      { kubeconfig: 'users:\n- token: t0ken\n  client-key-data: "a2V5"' },
      ['t0ken', 'a2V5'],
      'content instead of a path',
    ],
    [{ 'prometheus-ca': '-----BEGIN PRIVATE KEY-----\nk3yk3y' }, ['k3yk3y'], 'a key instead of a certificate'],
  ])('%j: %j (%s)', (inputs, secrets) => {
    expect(secretsIn(inputs)).toEqual(secrets);
  });

  it.each<[Record<string, string>, string]>([
    [{ 'target-revision': '1-32-0', tag: 'default', context: 'prod' }, 'names are not secrets'],
    [{ kubeconfig: '/home/me/.kube/config', 'prometheus-url': 'https://p/x@y' }, 'nor are paths'],
    [{ 'prometheus-token': 'abc' }, 'three letters would riddle the log'],
    [{ 'prometheus-url': 'https://me:%zz@p' }, 'what is not percent-encoded does not throw'],
    [{ 'prometheus-headers': 'Authorization: Basic !!!' }, 'nor what is not base64'],
  ])('nothing, or nothing surprising, in %j: %s', (inputs) => {
    expect(secretsIn(inputs).filter((secret) => !['%zz', 'Basic !!!', '!!!'].includes(secret))).toEqual([]);
  });

  it('is found in a config file, in every form of YAML', () => {
    const text = 'prometheus-token: "tok3n"\nprometheus-headers:\n  - "X-Api-Key: k3y5"\ntag: prod-stable\n';
    expect(secretsInFile({ path: 'a', text })).toEqual(['tok3n', 'k3y5']);
    expect(secretsInFile({ path: 'a', text: 'prometheus-headers: {X-Api-Key: k3y5}' })).toEqual(['k3y5']);
    expect(secretsInFile({ path: 'a', text: 'no: [yaml' })).toEqual([]);
  });
});
