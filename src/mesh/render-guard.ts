// Would this installation touch anything but the target's own control plane? Judges rendered objects, before anything is written.
// What is not plainly the target's is refused: CRDs, base, gateways, CNI, ztunnel, tags, the default validator, other revisions.
import { nameOf, type KubeObject } from './kinds.ts';
import type { Finding } from './finding.ts';
import { asRevision, REV, TAG, type Revision } from './names.ts';
import { isNameOfRevision, isOfRevision, refOf } from './revision-objects.ts';
import { revisionKindOf } from './revision-kinds.ts';

/** What a rendered object is, as far as an installation of one revision is concerned. */
export type Part =
  | 'target'
  | 'crds'
  | 'default-validator'
  | 'tag'
  | 'gateway'
  | 'cni'
  | 'ztunnel'
  | 'base'
  | 'other-revision'
  | 'other-namespace'
  | 'foreign';

const COMPONENTS: Readonly<Record<string, Part>> = {
  IngressGateways: 'gateway',
  EgressGateways: 'gateway',
  Cni: 'cni',
  Ztunnel: 'ztunnel',
  Base: 'base',
};

const MATTERS: Readonly<Record<Exclude<Part, 'target'>, { readonly what: string; readonly remedy: string }>> = {
  crds: {
    what: 'CustomResourceDefinitions, which every revision shares',
    remedy:
      'Leave them out (istioctl: `--set components.base.enabled=false`; helm: the `istiod` chart alone) and upgrade them by themselves, before the upgrade.',
  },
  'default-validator': {
    what: 'the default validator, which guards the whole mesh',
    remedy: 'Leave it out; this upgrade moves it together with the tag `default`.',
  },
  tag: {
    what: 'revision tags, which would move before the target is proven',
    remedy: 'Leave `revisionTags` out of the values; this upgrade moves the tag itself.',
  },
  gateway: {
    what: 'gateways, which would be upgraded at once and without a gate',
    remedy:
      'Use `--set profile=minimal`, or disable `components.ingressGateways` and `components.egressGateways`; gateways have a phase of their own.',
  },
  cni: {
    what: 'the CNI plugin, of which the cluster has one',
    remedy: 'Disable `components.cni` and upgrade it by itself, before the upgrade.',
  },
  ztunnel: {
    what: 'ztunnel, of which the cluster has one',
    remedy: 'Disable `components.ztunnel` and upgrade it by itself.',
  },
  base: {
    what: "the base chart's objects, which every revision shares",
    remedy:
      'Leave the base out (istioctl: `--set components.base.enabled=false`) and upgrade it by itself, before the upgrade.',
  },
  'other-revision': {
    what: 'objects of another revision',
    remedy: 'Render it with the target revision: it must stand in `revision`, and nowhere may another one.',
  },
  'other-namespace': {
    what: 'objects outside the Istio namespace',
    remedy: 'Set `istio-namespace` to where the control plane belongs, or take these objects out.',
  },
  foreign: {
    what: 'objects that are not part of a control plane of this revision',
    remedy: 'Take them out and apply them by themselves.',
  },
};

/** Tells what the object is; `target` only for what the istiod chart gives this revision. */
export function partOf(object: KubeObject, target: Revision, istioNamespace: string): Part {
  const { name, namespace, labels } = object.metadata;
  if (object.kind === 'CustomResourceDefinition') return 'crds';
  if (name.startsWith('istiod-default-validator')) return 'default-validator';
  if (labels?.[TAG] !== undefined || /^istiod?-revision-tag-/.test(name)) return 'tag';
  const component = COMPONENTS[labels?.['operator.istio.io/component'] ?? ''] ?? sharedPartNamed(object);
  if (component !== undefined) return component;
  if (labels?.[REV] !== undefined && labels[REV] !== target) return 'other-revision';
  const kind = revisionKindOf(object);
  if (kind === undefined) return 'foreign';
  if (kind.namespaced && namespace !== istioNamespace) return 'other-namespace';
  if (isOfRevision(object, kind.kind, target, istioNamespace)) return 'target';
  // An un-revisioned render carries the very names of whatever un-revisioned control plane is there.
  return isUnrevisioned(object, istioNamespace) ? 'other-revision' : 'foreign';
}

/** Told by name or shape, for renders that lack the component label. */
function sharedPartNamed(object: KubeObject): Part | undefined {
  const { name } = object.metadata;
  if (name === 'istio-reader-service-account' || name === 'stable-channel-default-policy.istio.io') return 'base';
  if (name.startsWith('istio-cni')) return 'cni';
  if (name.startsWith('ztunnel')) return 'ztunnel';
  return isGatewayWorkload(object) ? 'gateway' : undefined;
}

function isGatewayWorkload(object: KubeObject): boolean {
  if (object.kind !== 'Deployment' && object.kind !== 'DaemonSet') return false;
  const text = JSON.stringify('spec' in object ? object.spec : {});
  return text.includes('"inject.istio.io/templates":"gateway"') || text.includes('"name":"istio-proxy"');
}

function isUnrevisioned(object: KubeObject, istioNamespace: string): boolean {
  return isNameOfRevision(object.kind ?? '', object.metadata.name, asRevision('default'), istioNamespace);
}

/** A blocking finding for every part that is not the target's, naming its objects; none when the installation keeps to itself. */
export function verifyRender(
  rendered: readonly KubeObject[],
  target: Revision,
  istioNamespace: string,
): readonly Finding[] {
  const groups = Map.groupBy(rendered, (object) => partOf(object, target, istioNamespace));
  const findings: Finding[] = [];
  for (const [part, objects] of groups) {
    if (part === 'target') continue;
    const names = objects.map(nameOfRendered).join(', ');
    findings.push({
      id: `install-touches-${part}`,
      severity: 'blocks',
      subject: 'install',
      message: `Installing ${target} would also write ${MATTERS[part].what}: ${names}.`,
      remedy: MATTERS[part].remedy,
    });
  }
  const injector = rendered.some(
    (object) => object.kind === 'MutatingWebhookConfiguration' && partOf(object, target, istioNamespace) === 'target',
  );
  if (!injector) {
    findings.push({
      id: 'install-renders-no-injector',
      severity: 'blocks',
      subject: 'install',
      message: `What would be installed holds no sidecar injector of revision ${target} in namespace ${istioNamespace} (${rendered.length} objects rendered).`,
      remedy: `Render the istiod chart with \`revision=${target}\`, with its webhooks (no \`operatorManageWebhooks\`).`,
    });
  }
  return findings;
}

function nameOfRendered(object: KubeObject): string {
  const kind = revisionKindOf(object);
  if (kind !== undefined) return nameOf(refOf(kind, object));
  const { name, namespace } = object.metadata;
  return `${object.kind ?? 'object'} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
