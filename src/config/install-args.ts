// Which arguments go to istioctl or helm? One a line, as they are; refused are those that set what is ours:
// revision, namespace, kubeconfig, context and release name. What the arguments then do is seen by rendering first.
import { bad, every, linesOf, ok, shown, type Parsed } from './parsed.ts';

type Tool = 'istioctl' | 'helm';

const OURS: Readonly<Record<Tool, Readonly<Record<string, string>>>> = {
  istioctl: {
    '--revision': 'revision',
    '-r': 'revision',
    '--istioNamespace': 'namespace',
    '-i': 'namespace',
    '--namespace': 'namespace',
    '-n': 'namespace',
    '--kubeconfig': 'kubeconfig',
    '-c': 'kubeconfig',
    '--context': 'context',
  },
  helm: {
    '--namespace': 'namespace',
    '-n': 'namespace',
    '--create-namespace': 'namespace',
    '--kubeconfig': 'kubeconfig',
    '--kube-context': 'context',
    '--kube-apiserver': 'kubeconfig',
    '--kube-token': 'kubeconfig',
    '--generate-name': 'release name',
    '-g': 'release name',
    '--name-template': 'release name',
  },
};
/** Values that both tools know under these paths. */
const VALUES: Readonly<Record<string, string>> = {
  revision: 'revision',
  'values.revision': 'revision',
  namespace: 'namespace',
  'metadata.namespace': 'namespace',
  'global.istioNamespace': 'namespace',
  'values.global.istioNamespace': 'namespace',
};
const SETS = /^(?:--set|--set-string|--set-literal|--set-json|--set-file|-s)(?:=|$)/u;

/** The arguments in order; each line is one, never split, never seen by a shell. */
export function parseInstallArgs(tool: Tool, text: string): Parsed<readonly string[]> {
  const lines = linesOf(text);
  return every(lines.map((line, index) => parseOne(tool, line, lines[index - 1])));
}

function parseOne(tool: Tool, line: string, before: string | undefined): Parsed<string> {
  const flag = line.split('=', 1)[0] ?? line;
  if (/^-\S+\s/u.test(flag)) {
    return bad(`${shown(flag)} is more than one argument; write one a line, or join them by =`);
  }
  const short = /^-[a-z]/u.test(flag) ? flag.slice(0, 2) : flag;
  const ours = OURS[tool][flag] ?? OURS[tool][short];
  if (ours !== undefined) return bad(`${shown(flag)} sets the ${ours}, which is this action's to set`);
  const set = SETS.test(line) ? line.slice(flag.length + 1) : before !== undefined && SETS.test(before) ? line : '';
  for (const pair of set.split(',')) {
    const key = pair.split('=', 1)[0]?.trim() ?? '';
    const owned = VALUES[key];
    if (owned !== undefined) return bad(`the value ${shown(key)} sets the ${owned}, which is this action's to set`);
  }
  return ok(line);
}
