// Who may enter the cluster, and how does it prove itself? A throw-away authority, one serving certificate, and a token for each part.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeKubeconfig } from './kubeconfig.ts';

const run = promisify(execFile);

const users = {
  admin: { name: 'admin', groups: 'system:masters' },
  kcm: { name: 'system:kube-controller-manager', groups: '' },
  scheduler: { name: 'system:kube-scheduler', groups: '' },
  kubelet: { name: 'fake-kubelet', groups: 'system:masters' },
  prometheus: { name: 'prometheus', groups: 'system:masters' },
} as const;

export type User = keyof typeof users;

export interface Pki {
  caFile: string;
  /** PEM text. */
  ca: string;
  certFile: string;
  keyFile: string;
  serviceAccountKey: string;
  serviceAccountPublicKey: string;
  tokensFile: string;
  kubeconfigs: Record<User, string>;
}

const names = [
  'DNS:localhost',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  'DNS:kubernetes.default.svc.cluster.local',
  'IP:127.0.0.1',
  'IP:10.0.0.1',
  'IP:10.96.0.1',
];

export async function makePki(directory: string, server: string): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = (file: string): string => join(directory, file);
  for (const name of ['ca', 'apiserver', 'sa']) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    writeFileSync(at(`${name}.key`), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
    writeFileSync(at(`${name}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
  await signCertificates(directory);
  const caFile = at('ca.crt');
  return {
    caFile,
    ca: readFileSync(caFile, 'utf8'),
    certFile: at('apiserver.crt'),
    keyFile: at('apiserver.key'),
    serviceAccountKey: at('sa.key'),
    serviceAccountPublicKey: at('sa.pub'),
    ...writeUsers(directory, server, caFile),
  };
}

async function signCertificates(cwd: string): Promise<void> {
  const extensions = [`subjectAltName=${names.join(',')}`, 'extendedKeyUsage=serverAuth', 'keyUsage=digitalSignature'];
  writeFileSync(join(cwd, 'apiserver.ext'), `${extensions.join('\n')}\n`);
  const authority = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  await Promise.all([
    run(
      'openssl',
      [
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-days',
        '2',
        '-subj',
        '/CN=test-cluster-ca',
        ...authority,
        '-out',
        'ca.crt',
      ],
      { cwd },
    ),
    run('openssl', ['req', '-new', '-key', 'apiserver.key', '-subj', '/CN=kube-apiserver', '-out', 'apiserver.csr'], {
      cwd,
    }),
  ]);
  const signing = [
    'x509',
    '-req',
    '-in',
    'apiserver.csr',
    '-CA',
    'ca.crt',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
  ];
  await run('openssl', [...signing, '-out', 'apiserver.crt', '-extfile', 'apiserver.ext'], { cwd });
}

function writeUsers(directory: string, server: string, caFile: string): Pick<Pki, 'tokensFile' | 'kubeconfigs'> {
  const rows: string[] = [];
  const enter = (user: User): string => {
    const token = randomBytes(16).toString('hex');
    rows.push(`${token},${users[user].name},uid-${user},"${users[user].groups}"\n`);
    const path = join(directory, `${user}.kubeconfig`);
    writeKubeconfig(path, server, caFile, { token });
    return path;
  };
  const kubeconfigs = {
    admin: enter('admin'),
    kcm: enter('kcm'),
    scheduler: enter('scheduler'),
    kubelet: enter('kubelet'),
    prometheus: enter('prometheus'),
  };
  const tokensFile = join(directory, 'tokens.csv');
  writeFileSync(tokensFile, rows.join(''), { mode: 0o600 });
  return { tokensFile, kubeconfigs };
}
