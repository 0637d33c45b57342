// Which Go modules make the test cluster's binaries, from what sources, with which flags, and how long does each take?
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const istioVersions = ['1.31', '1.32'] as const;
export type IstioVersion = (typeof istioVersions)[number];

export interface Recipe {
  name: string;
  directory: string;
  /** What `go build` is asked for: a package, or `tool` for the module's tool dependencies. */
  targets: readonly string[];
  /** Our own Go files and folders that go into it, beside go.mod and go.sum. */
  sources: readonly string[];
  flags: readonly string[];
  binaries: readonly string[];
  /** Modules whose directories are wanted beside the binaries, for their charts and CRDs. */
  directoriesOf: readonly string[];
  /** Cold, downloads included, on two cores. */
  minutes: number;
}

const kubernetes = { version: 'v1.36.3', major: '1', minor: '36' };
const common = ['-mod=readonly', '-trimpath', '-pgo=off', '-buildvcs=false', '-v'];

// helm and istioctl refuse an API server without a version, and istioctl an istiod without one
const kubernetesStamps = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((at) => [
  `${at}.gitVersion=${kubernetes.version}`,
  `${at}.gitMajor=${kubernetes.major}`,
  `${at}.gitMinor=${kubernetes.minor}`,
  `${at}.gitTreeState=clean`,
]);

function istioStamps(version: IstioVersion): string[] {
  const at = 'istio.io/istio/pkg/version';
  return [
    `${at}.buildVersion=${version}.0`,
    `${at}.buildTag=${version}.0`,
    `${at}.buildStatus=Clean`,
    `${at}.buildHub=docker.io/istio`,
  ];
}

function linked(stamps: string[]): string[] {
  return [...common, '-ldflags', ['-s', '-w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ')];
}

const moduleDirectory = (name: string): string => join(import.meta.dirname, 'modules', name);

function istio(version: IstioVersion): Recipe {
  return {
    name: `istio-${version}`,
    directory: moduleDirectory(`istio-${version}`),
    targets: ['tool'],
    sources: [],
    flags: linked(istioStamps(version)),
    binaries: ['istioctl', 'pilot-discovery'],
    directoriesOf: version === '1.32' ? ['istio.io/istio', 'sigs.k8s.io/gateway-api'] : ['istio.io/istio'],
    minutes: 7.5,
  };
}

export const recipes: readonly Recipe[] = [
  {
    name: 'kube',
    directory: moduleDirectory('kube'),
    targets: ['.'],
    sources: ['main.go'],
    flags: linked(kubernetesStamps),
    binaries: ['kube'],
    directoriesOf: [],
    minutes: 8,
  },
  istio('1.31'),
  istio('1.32'),
  {
    name: 'proxies',
    directory: moduleDirectory('istio-1.32'),
    targets: ['./proxies'],
    sources: ['proxies'],
    flags: linked([]),
    binaries: ['proxies'],
    directoriesOf: [],
    minutes: 0.3, // after istio-1.32
  },
  {
    name: 'prometheus',
    directory: moduleDirectory('prometheus'),
    targets: ['tool'],
    sources: [],
    flags: ['-tags', 'remove_all_sd,enable_kubernetes_sd', ...linked([])],
    binaries: ['prometheus', 'promtool'],
    directoriesOf: [],
    minutes: 4.5,
  },
  {
    name: 'victoriametrics',
    directory: moduleDirectory('victoriametrics'),
    targets: ['tool'],
    sources: [],
    flags: linked([]),
    binaries: ['victoria-metrics'],
    directoriesOf: [],
    minutes: 0.5,
  },
];

/** Changes whenever the built binaries could. */
export function recipeHash(recipe: Recipe, goVersion: string): string {
  const hash = createHash('sha256').update(JSON.stringify([goVersion, recipe.targets, recipe.flags]));
  const own = recipe.sources.flatMap((source) => {
    const path = join(recipe.directory, source);
    return statSync(path).isDirectory() ? readdirSync(path).map((file) => join(source, file)) : [source];
  });
  for (const file of ['go.mod', 'go.sum', ...own.toSorted()]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(recipe.directory, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
