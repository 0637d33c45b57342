// What must the machine have before a test cluster can be built and started? Everything that is missing is told at once.
import { spawnSync } from 'node:child_process';

const oldestGo = { major: 1, minor: 26 };

/** The arguments that make a namespace of one's own, with root's rights in it whoever one is. */
export function unshareArguments(): string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  return [...asRoot, '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
}

/** `go1.26.8` as chosen for that module's folder. */
export function goVersion(directory: string): string | undefined {
  const { stdout, status } = spawnSync('go', ['version'], { cwd: directory, encoding: 'utf8' });
  return status === 0 ? /\bgo\d+\.\d+\S*/.exec(stdout)?.[0] : undefined;
}

function goProblem(directory: string): string | undefined {
  const found = goVersion(directory);
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(found ?? '') ?? [];
  const wanted = `Go ${oldestGo.major}.${oldestGo.minor} or newer`;
  const remedy = 'https://go.dev/dl/, unpack it and put its bin folder on the PATH';
  if (major === undefined || minor === undefined)
    return `${wanted} builds the cluster, and \`go\` was not found: ${remedy}`;
  const enough =
    Number(major) > oldestGo.major || (Number(major) === oldestGo.major && Number(minor) >= oldestGo.minor);
  return enough ? undefined : `${wanted} builds the cluster, and this is ${found}: ${remedy}`;
}

const tools: readonly { command: string; probe: readonly string[]; why: string; remedy: string }[] = [
  { command: 'ip', probe: ['-V'], why: 'gives pods their addresses', remedy: 'apt-get install iproute2' },
  {
    command: 'unshare',
    probe: ['--version'],
    why: "makes the cluster's namespace",
    remedy: 'apt-get install util-linux',
  },
  {
    command: 'setpriv',
    probe: ['--version'],
    why: 'ends processes with their parent',
    remedy: 'apt-get install util-linux',
  },
  { command: 'openssl', probe: ['version'], why: 'signs throw-away certificates', remedy: 'apt-get install openssl' },
  {
    command: 'git',
    probe: ['--version'],
    why: 'is asked by Go when a proxy lacks a module',
    remedy: 'apt-get install git',
  },
];

const works = (command: string, args: readonly string[]): boolean => spawnSync(command, args).status === 0;

/** One sentence for each thing that is missing, with how to get it; empty when a cluster can be started. */
export function missingPrerequisites(goDirectory: string): string[] {
  const found: (string | undefined)[] = [
    process.platform === 'linux' ? undefined : 'The test cluster needs Linux: it lives in a network and PID namespace',
    goProblem(goDirectory),
    ...tools.map(({ command, probe, why, remedy }) =>
      works(command, probe) ? undefined : `\`${command}\` ${why}, and was not found: ${remedy}`,
    ),
  ];
  const missing = found.filter((sentence) => sentence !== undefined);
  if (missing.length === 0 && !works('unshare', [...unshareArguments(), '--', 'true'])) {
    missing.push(
      "This machine forbids namespaces of one's own (`unshare` failed): run as root, or allow them with `sysctl -w kernel.unprivileged_userns_clone=1` or, on Ubuntu, `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`; in a container, grant CAP_SYS_ADMIN and CAP_NET_ADMIN",
    );
  }
  return missing;
}
