// What is one Deployment, StatefulSet or DaemonSet to the upgrade: whose proxy its next pod gets (a CronJob's too), whether a restart
// can move it, and whether it is a gateway? Whether it should be moved is the plan's question.
import { expectedRevision, type Resolve } from './injection.ts';
import { proxyOf } from './injected.ts';
import type { CronJobObject, PodTemplate, WorkloadObject } from './kinds.ts';
import { INJECT, RESTARTED_AT, type Revision } from './names.ts';
import type { CronJob, GatewayShape, Immovable, Workload, WorkloadKind } from './snapshot.ts';

/** Set by istiod on what it deploys for a Gateway API Gateway. */
export const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
const MANAGED = 'gateway.istio.io/managed';
const TEMPLATES = 'inject.istio.io/templates';
/** Beyond it a deadline is none: 2147483647 is how Kubernetes writes "no deadline", and nobody waits for a restart for days. */
const LONGEST_DEADLINE_SECONDS = 86_400;

/** Its kind is passed in: objects in a list do not carry it. */
export function workloadOf(
  kind: WorkloadKind,
  object: WorkloadObject,
  namespaceLabels: Readonly<Record<string, string>>,
  resolve: Resolve,
): Workload {
  const { metadata, spec } = object;
  const namespace = metadata.namespace ?? '';
  const templateLabels = spec.template.metadata?.labels ?? {};
  const restartedAt = spec.template.metadata?.annotations?.[RESTARTED_AT];
  const requested = requestedBy(spec.template, { name: namespace, labels: namespaceLabels }, resolve);
  const gateway = gatewayShape(object);
  const madeByGateway = gateway === 'gateway-api' ? metadata.labels?.[GATEWAY_NAME] : undefined;
  return {
    ref: { kind, namespace, name: metadata.name },
    replicas: desiredPods(kind, object),
    templateLabels,
    selectorLabels: spec.selector?.matchLabels ?? {},
    immovable: immovable(kind, object),
    gateway,
    progressDeadlineMs: progressDeadlineMs(kind, object),
    ...(requested === undefined ? {} : { requested }),
    ...(restartedAt === undefined ? {} : { restartedAt }),
    ...(madeByGateway === undefined ? {} : { madeByGateway }),
  };
}

/** A CronJob's template asks like any other. */
export function cronJobOf(
  { metadata: { namespace = '', name }, spec }: CronJobObject,
  namespaceLabels: Readonly<Record<string, string>>,
  resolve: Resolve,
): CronJob {
  const { template } = spec.jobTemplate.spec;
  const requested = requestedBy(template, { name: namespace, labels: namespaceLabels }, resolve);
  return {
    ref: { kind: 'CronJob', namespace, name },
    templateLabels: template.metadata?.labels ?? {},
    ...(requested === undefined ? {} : { requested }),
  };
}

const requestedBy = (
  { metadata, spec }: PodTemplate,
  namespace: Parameters<typeof expectedRevision>[0],
  resolve: Resolve,
): Revision | undefined =>
  expectedRevision(
    namespace,
    {
      labels: metadata?.labels ?? {},
      annotations: metadata?.annotations ?? {},
      hostNetwork: spec.hostNetwork ?? false,
    },
    resolve,
  );

/** Pods it wants now; a DaemonSet's number comes from the nodes. */
export function desiredPods(kind: WorkloadKind, { spec, status }: WorkloadObject): number {
  return kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (spec.replicas ?? 1);
}

/** The first reason why a restart would not move its pods; what never can be moved is named before what is only down now. */
function immovable(kind: WorkloadKind, object: WorkloadObject): Immovable {
  const { spec, status } = object;
  const desired = desiredPods(kind, object);
  if (spec.template.spec.hostNetwork === true) return 'host-network';
  if (desired === 0) return 'scaled-to-zero';
  if (spec.paused === true) return 'paused';
  if (spec.updateStrategy?.type === 'OnDelete') return 'on-delete';
  if (kind === 'StatefulSet' && (spec.updateStrategy?.rollingUpdate?.partition ?? 0) > 0) return 'partition';
  const available = kind === 'DaemonSet' ? status?.numberAvailable : status?.availableReplicas;
  return (available ?? 0) < desired ? 'unavailable-before' : 'none';
}

/** When Kubernetes itself gives up a rollout; 0 where it never does. */
export function progressDeadlineMs(kind: WorkloadKind, { spec }: WorkloadObject): number {
  if (kind !== 'Deployment') return 0;
  const seconds = spec.progressDeadlineSeconds ?? 600;
  return seconds > LONGEST_DEADLINE_SECONDS ? 0 : seconds * 1000;
}

/**
 * As Istio's charts and istiod itself make gateways (istio/istio 1.31 manifests/charts/{gateway,gateways} and
 * pilot/pkg/config/kube/gatewaycommon). An application whose template only tunes its sidecar (`istio-proxy` beside its own containers) is
 * no gateway.
 */
function gatewayShape(object: WorkloadObject): GatewayShape {
  if (isMadeByIstiod(object)) return 'gateway-api';
  const { template } = object.spec;
  const labels = object.metadata.labels ?? {};
  const usesTemplate = (template.metadata?.annotations?.[TEMPLATES] ?? '')
    .split(',')
    .some((name) => name.trim() === 'gateway');
  if (!usesTemplate && !holdsOnlyAProxy(template) && !isInstallersGateway(labels)) return 'not-a-gateway';
  const image = proxyOf(template.spec).container?.image ?? 'auto';
  const isInjected = template.metadata?.labels?.[INJECT] !== 'false';
  return image === 'auto' && isInjected ? 'injected' : 'fixed-image';
}

/** For a Gateway: its template's annotation `istio.io/rev` says which one (since 1.18, files/{kube-gateway,waypoint}.yaml). */
export const isMadeByIstiod = ({ metadata: { labels } }: WorkloadObject): boolean =>
  labels?.[GATEWAY_NAME] !== undefined && labels[MANAGED]?.startsWith('istio.io-') === true;

/** ztunnel calls its only container `istio-proxy` too. */
function holdsOnlyAProxy({ spec }: PodTemplate): boolean {
  const { shape, container } = proxyOf(spec);
  return (
    shape === 'classic' && spec.containers.length === 1 && !/(?:^|\/)ztunnel(?:[:@-]|$)/.test(container?.image ?? '')
  );
}

const isInstallersGateway = (labels: Readonly<Record<string, string>>): boolean =>
  labels['operator.istio.io/component'] === 'IngressGateways' ||
  labels['operator.istio.io/component'] === 'EgressGateways';
