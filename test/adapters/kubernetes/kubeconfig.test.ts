import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type KubeconfigWish, loadKubeconfig } from '../../../src/adapters/kubernetes/kubeconfig.ts';
import type { Finding } from '../../../src/mesh/finding.ts';

const directory = mkdtempSync(join(tmpdir(), 'kubeconfig-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
let count = 0;
const write = (content: unknown): string => {
  const path = join(directory, `${String(count++)}.yaml`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const SECRET = 'a-very-secret-token';

const context = (name: string, cluster = name, user = name) => ({ name, context: { cluster, user } });
const cluster = (name: string, more: object = {}) => ({
  name,
  cluster: { server: `https://${name}.example:6443`, ...more },
});
const user = (name: string, body: object = { token: SECRET }) => ({ name, user: body });
/** Contexts `eu` and `us`, `eu` current. */
const kubeconfig = (over: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'eu',
  contexts: [context('eu'), context('us')],
  clusters: [cluster('eu'), cluster('us')],
  users: [user('eu'), user('us')],
  ...over,
});

let masked: string[];
beforeEach(() => {
  masked = [];
});
const load = (wish: KubeconfigWish) => loadKubeconfig({ mask: (secret) => masked.push(secret), ...wish });
const loaded = (wish: KubeconfigWish) => {
  const result = load(wish);
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems));
  return result.value;
};
const problem = (wish: KubeconfigWish): Finding => {
  const result = load(wish);
  if (result.kind === 'ok') throw new Error('it was accepted');
  expect(result.problems).toHaveLength(1);
  expect(JSON.stringify(result.problems)).not.toContain(SECRET);
  return result.problems[0] ?? { id: '', severity: 'notice', subject: '', message: '', remedy: '' };
};

describe('which kubeconfig', () => {
  const one = write(kubeconfig());
  const two = write(kubeconfig({ 'current-context': 'us' }));
  const pod = join(directory, 'account');
  mkdirSync(pod);
  writeFileSync(join(pod, 'token'), SECRET);
  const inPod = {
    serviceAccount: pod,
    variables: { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' },
  };
  const home = join(directory, 'home');
  mkdirSync(join(home, '.kube'), { recursive: true });
  writeFileSync(join(home, '.kube', 'config'), JSON.stringify(kubeconfig({ 'current-context': 'us' })));

  it.each<[string, KubeconfigWish, string]>([
    ['the input before KUBECONFIG', { path: one, environment: two }, 'eu'],
    ['KUBECONFIG before the home directory', { environment: one, home }, 'eu'],
    ['the home directory before the pod', { home, ...inPod }, 'us'],
    ['the pod last', { home: directory, environment: '', ...inPod }, 'in-cluster'],
  ])('%s', (_rule, wish, name) => {
    expect(loaded(wish).config.getCurrentContext()).toBe(name);
  });
  it('is made of the service account in a pod, and then there is no file for tools', () => {
    const { config, files } = loaded(inPod);
    expect(config.getCurrentCluster()).toMatchObject({ server: 'https://10.0.0.1:443', caFile: join(pod, 'ca.crt') });
    expect(files).toBeUndefined();
  });
  it('brackets an IPv6 address of a pod', () => {
    const variables = { KUBERNETES_SERVICE_HOST: 'fd00::1' };
    expect(loaded({ ...inPod, variables }).config.getCurrentCluster()?.server).toBe('https://[fd00::1]:443');
  });
  it('is made of several files: the first one that says something wins, missing ones are skipped', () => {
    const first = write({ contexts: [context('eu', 'us')], users: [user('eu')] });
    const environment = [join(directory, 'to-come'), first, '', two].join(delimiter);
    const { config, files } = loaded({ environment });
    expect(config.getCurrentContext()).toBe('us');
    expect(loaded({ environment, context: 'eu' }).config.getCurrentCluster()?.server).toBe('https://us.example:6443');
    expect(files).toBe([first, two].join(delimiter));
  });
});

describe('a kubeconfig that will not do', () => {
  it.each<[string, KubeconfigWish, string, string]>([
    [
      'none at all',
      {},
      'kubeconfig-missing',
      'there is no kubeconfig: none is given, KUBECONFIG is not set, HOME is not',
    ],
    ['none at home', { home: '/nobody' }, 'kubeconfig-missing', 'there is no file /nobody/.kube/config'],
    ['a home in short', { path: '~/.kube/config' }, 'kubeconfig-missing', 'no shell has replaced its `~`'],
    ['a path to nothing', { path: '/nowhere/config' }, 'kubeconfig-missing', 'there is no file /nowhere/config'],
    ['KUBECONFIG with paths to nothing', { environment: '/nowhere/a' }, 'kubeconfig-missing', 'no file /nowhere/a'],
    ['a directory', { path: directory }, 'kubeconfig-unreadable', 'it is a directory'],
    ['content instead of a path', { path: JSON.stringify(kubeconfig()) }, 'kubeconfig-unreadable', 'the content of a'],
    ['content in KUBECONFIG', { environment: `clusters:\n- ${SECRET}` }, 'kubeconfig-unreadable', 'the content of a'],
    ['no YAML', { path: write(`users:\n  - token: "${SECRET}\n  x`) }, 'kubeconfig-unreadable', 'it is not YAML (line'],
    ['a token alone', { path: write(SECRET) }, 'kubeconfig-unreadable', 'it is not a kubeconfig'],
    [
      'contexts that are no list',
      { path: write({ contexts: {} }) },
      'kubeconfig-unreadable',
      'contexts are not a list',
    ],
    [
      'a user without a name',
      { path: write(kubeconfig({ users: [{ user: { token: SECRET } }] })) },
      'kubeconfig-unreadable',
      'users[0] has no name',
    ],
    ['an empty file', { path: write('') }, 'kubeconfig-unknown-context', 'no current context; it has none at all'],
    [
      'an unknown context',
      { path: write(kubeconfig()), context: 'asia' },
      'kubeconfig-unknown-context',
      'no context asia; it has eu, us',
    ],
    [
      'no current context',
      { path: write(kubeconfig({ 'current-context': '' })) },
      'kubeconfig-unknown-context',
      'no current context; it has eu, us',
    ],
    [
      'a context without its cluster',
      { path: write(kubeconfig({ clusters: [cluster('us')] })) },
      'kubeconfig-no-cluster',
      'context eu names no cluster',
    ],
    [
      'a cluster without a server',
      { path: write(kubeconfig({ clusters: [{ name: 'eu', cluster: {} }] })) },
      'kubeconfig-no-cluster',
      'names no cluster with a server',
    ],
    [
      'a context without its user',
      { path: write(kubeconfig({ users: [] })) },
      'kubeconfig-no-user',
      'context eu names no user',
    ],
    [
      'plain http by accident',
      { path: write(kubeconfig({ clusters: [cluster('eu', { server: 'http://eu.example' })] })) },
      'kubeconfig-unusable-cluster',
      'plain http',
    ],
    [
      'credentials in the address',
      { path: write(kubeconfig({ clusters: [cluster('eu', { server: `https://me:${SECRET}@eu.example` })] })) },
      'kubeconfig-unusable-cluster',
      'credentials in it',
    ],
    [
      'groups to impersonate, which would silently be left out',
      { path: write(kubeconfig({ users: [user('eu', { token: SECRET, as: 'x', 'as-groups': ['y'] })] })) },
      'kubeconfig-unusable-user',
      '`as-groups`',
    ],
    [
      'a plugin that wants a terminal',
      { path: write(kubeconfig({ users: [user('eu', { exec: { command: 'x', interactiveMode: 'Always' } })] })) },
      'kubeconfig-unusable-user',
      'wants a terminal',
    ],
  ])('is refused in words, without quoting it: %s', (_what, wish, id, message) => {
    const finding = problem(wish);
    expect(finding).toMatchObject({ id, severity: 'blocks' });
    expect(finding.message).toContain(message);
    expect(finding.remedy).not.toBe('');
  });
  it.each<[string, object, string]>([
    ['a provider that runs a command', { name: 'gcp', config: { 'cmd-path': 'gcloud' } }, 'its auth-provider gcp is'],
    ['another that does', { name: 'azure', config: { 'access-token': SECRET } }, 'its auth-provider azure is'],
    ['a plugin inside of a provider', { name: 'oidc', config: { exec: { command: 'x' } } }, 'without `exec`'],
    ['a file inside of a provider', { name: 'oidc', config: { tokenFile: '/x' } }, 'without `exec` and `tokenFile`'],
    ['a provider without a name', { config: {} }, 'its auth-provider is'],
  ])('is refused with the way to a plugin, for it would run without limits: %s', (_what, provider, message) => {
    const path = write(kubeconfig({ users: [user('eu', { 'auth-provider': provider })] }));
    expect(problem({ path })).toMatchObject({
      id: 'kubeconfig-unusable-user',
      severity: 'blocks',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining('credential plugin'),
    });
  });
  it('may be wrong in contexts that are not ours', () => {
    const path = write(kubeconfig({ clusters: [cluster('eu'), { name: 'us', cluster: {} }], users: [user('eu')] }));
    expect(loaded({ path }).config.getCurrentContext()).toBe('eu');
  });
});

describe('paths in a kubeconfig', () => {
  it('are relative to its file', () => {
    const path = write(
      kubeconfig({
        clusters: [cluster('eu', { 'certificate-authority': 'ca.pem' })],
        users: [user('eu', { 'client-certificate': 'me.pem', 'client-key': '/keys/me.pem' })],
      }),
    );
    const { config } = loaded({ path });
    expect(config.getCurrentCluster()?.caFile).toBe(join(directory, 'ca.pem'));
    expect(config.getCurrentUser()).toMatchObject({ certFile: join(directory, 'me.pem'), keyFile: '/keys/me.pem' });
  });
});

describe('secrets in a kubeconfig', () => {
  const key = `-----BEGIN KEY-----\n${'A'.repeat(64)}\n${'B'.repeat(64)}\n-----END KEY-----\n`;
  const keyFile = write(key);
  const tokenFile = write(`${SECRET}-in-a-file\n`);
  it.each<[string, object, readonly string[]]>([
    ['a token', { token: SECRET }, [SECRET]],
    ['a password', { username: 'me', password: SECRET }, [SECRET]],
    ['a key', { 'client-key-data': btoa(key) }, [btoa(key), 'A'.repeat(64), 'B'.repeat(64)]],
    ['a key in a file', { 'client-key': keyFile }, ['A'.repeat(64), 'B'.repeat(64)]],
    ['a token in a file', { tokenFile }, [`${SECRET}-in-a-file`]],
    [
      'tokens of a provider',
      { 'auth-provider': { name: 'oidc', config: { 'id-token': 'iiii', 'refresh-token': 'rrrr' } } },
      ['iiii', 'rrrr'],
    ],
    [
      "a plugin's environment, where it is secret by name",
      {
        exec: {
          command: 'x',
          env: [
            { name: 'AWS_SECRET_ACCESS_KEY', value: SECRET },
            { name: 'AWS_PROFILE', value: 'production' },
          ],
        },
      },
      [SECRET],
    ],
    [
      "a plugin's arguments, where they are secret by name",
      {
        exec: {
          command: 'kubelogin',
          args: [
            'get-token',
            '--client-secret',
            SECRET,
            `--oidc-client-secret=${SECRET}=`,
            '--password',
            '-p4ssword',
            '--oidc-use-access-token=true',
            '--use-token',
            '--token-cache-dir=/cache',
            '--token-cache-storage',
            'disk',
            '--api-key=kkkk',
            '--server-id',
            'the-server',
            '--token',
          ],
        },
      },
      [SECRET, `${SECRET}=`, '-p4ssword', 'kkkk'],
    ],
    [
      'no path to a secret, and no switch',
      {
        exec: {
          command: 'x',
          env: [
            { name: 'AZURE_FEDERATED_TOKEN_FILE', value: '/var/run/token' },
            { name: 'USE_TOKEN', value: 'true' },
          ],
        },
      },
      [],
    ],
  ])('are masked: %s', (_what, body, secrets) => {
    loaded({ path: write(kubeconfig({ users: [user('eu', body)] })) });
    expect(masked.toSorted()).toEqual([...secrets].toSorted());
  });
  it('are masked even where it is refused, and for users that are not ours', () => {
    problem({ path: write(kubeconfig({ users: [user('somebody')] })) });
    expect(masked).toEqual([SECRET]);
  });
  it.each([
    { password: 'p%40ss-word', secrets: ['p%40ss-word', 'p@ss-word'] },
    { password: '100%sure', secrets: ['100%sure'] },
  ])('are masked in the addresses of proxies, encoded or not: $password', ({ password, secrets }) => {
    const variables = { HTTPS_PROXY: `http://me:${password}@proxy:3128` };
    loaded({ path: write(kubeconfig({ users: [user('eu', {})] })), variables });
    expect(masked).toEqual(secrets);
  });
});

describe('a proxy', () => {
  const variables = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'us.example' };
  it.each<[string, KubeconfigWish, string | undefined]>([
    ['of the environment', { variables }, 'http://proxy:3128'],
    [
      'with a password that is not encoded',
      { variables: { HTTPS_PROXY: 'http://me:100%sure%40@proxy:3128' } },
      'http://me:100%25sure%40@proxy:3128',
    ],
    ['but not where NO_PROXY names the server', { variables, context: 'us' }, undefined],
    ['none without one', { variables: {} }, undefined],
  ])('is used: %s', (_which, wish, proxyUrl) => {
    const { config } = loaded({ path: write(kubeconfig()), ...wish });
    expect(config.getCurrentCluster()?.proxyUrl).toBe(proxyUrl);
  });
  it('of the kubeconfig wins', () => {
    const path = write(kubeconfig({ clusters: [cluster('eu', { 'proxy-url': 'socks5://own:1080' })] }));
    expect(loaded({ path, variables }).config.getCurrentCluster()?.proxyUrl).toBe('socks5://own:1080');
  });
});
