// Which fields must a journal have before anything is decided from it? Those that say what to write, to undo or to do next.
// Verdicts and settings of the gate are only looked over: nothing in them may keep a rollback from running.
import {
  anyObject,
  byKind,
  type Check,
  flag,
  listOf,
  mapOf,
  number,
  oneOf,
  optional,
  orNull,
  shape,
  text,
} from '../shared/shape.ts';
import type { NamespaceSelector } from '../config/config.ts';
import type { BatchRecord, Journal, LeftOver, Spoilt, TimelineEntry, Written } from './journal.ts';
import type { InjectionLabels, PlannedBatch, PlannedGateway, PlannedNamespace, UpgradePlan } from './plan.ts';

type Of<Union, Kind> = Extract<Union, { readonly kind: Kind }>;
type LabelsWritten = Of<Written, 'labels'>;
type RestartAgain = NonNullable<Journal['restartAgain']>[number];
type Decision = NonNullable<Journal['decision']>;
type WorkloadOf = Of<PlannedGateway, 'restart'>['workload'];

const kind = text;
const stage = oneOf('pending', 'begun', 'done');
const verdict: Check = (value, path) =>
  anyObject(value, path) ?? oneOf('PASS', 'FAIL', 'HOLD')(Reflect.get(Object(value), 'kind'), `${path}.kind`);

const judged: Check = (value, path) =>
  typeof value === 'number' ? undefined : oneOf('gateways', 'soak', 'tag')(value, path);

const by: Check = (value, path) => (typeof value === 'number' ? undefined : oneOf('gateways', 'rollback')(value, path));

const namespace = shape<PlannedNamespace>({
  name: text,
  move: oneOf('follows-tag', 'pinned-to-source', 'by-template'),
  original: shape<InjectionLabels>({ injection: orNull(text), rev: orNull(text) }),
  pods: number,
  workloads: number,
});
const workload = shape<WorkloadOf>({
  kind: oneOf('Deployment', 'StatefulSet', 'DaemonSet'),
  namespace: text,
  name: text,
});
const gateway = byKind({
  restart: shape<Of<PlannedGateway, 'restart'>>({ kind, workload }),
  'template-label': shape<Of<PlannedGateway, 'template-label'>>({ kind, workload, from: orNull(text) }),
  'gateway-api': shape<Of<PlannedGateway, 'gateway-api'>>({
    kind,
    namespace: text,
    name: text,
    movedBy: oneOf('tag', 'namespace-label', 'own-label'),
    from: orNull(text),
  }),
});

const selector = byKind({
  glob: shape<Of<NamespaceSelector, 'glob'>>({ kind, pattern: text }),
  label: shape<Of<NamespaceSelector, 'label'>>({ kind, key: text, value: text }),
});

const plan = shape<UpgradePlan>({
  clusterUid: text,
  istioNamespace: text,
  source: text,
  target: text,
  tag: text,
  strategy: oneOf('tag', 'relabel'),
  pinWaiting: flag,
  install: anyObject,
  choice: shape<UpgradePlan['choice']>({
    namespaces: optional(listOf(selector)),
    excludeNamespaces: listOf(selector),
    batches: listOf(anyObject),
    gateways: anyObject,
  }),
  batches: listOf(shape<PlannedBatch>({ number, namespaces: listOf(namespace) })),
  gateways: listOf(gateway),
  gatewayNamespaces: listOf(namespace),
  excluded: listOf(namespace),
  leftAlone: listOf(text),
  gate: anyObject,
  onFail: oneOf('rollback', 'rollback-batch', 'hold'),
  soakMs: number,
  removeSource: oneOf('auto', 'keep', 'verify'),
  after: optional(text),
  hash: text,
});

const change = shape<LabelsWritten['labels'][string]>({ from: orNull(text), to: orNull(text) });
const written = byKind({
  labels: shape<LabelsWritten>({
    kind,
    object: shape<LabelsWritten['object']>({
      kind: oneOf('Namespace', 'Deployment', 'StatefulSet', 'DaemonSet', 'Gateway'),
      namespace: optional(text),
      name: text,
    }),
    where: oneOf('metadata', 'template'),
    labels: mapOf(change),
  }),
  tag: shape<Of<Written, 'tag'>>({ kind, tag: text, from: text, to: text }),
});

/** Schema 1. */
export const journalShape = shape<Journal>({
  schema: number,
  id: text,
  plan,
  state: oneOf('in-progress', 'held', 'rolling-back', 'rolled-back', 'completed'),
  fence: number,
  startedBy: text,
  spoilt: optional(shape<Spoilt>({ from: text, to: text })),
  updatedAt: text,
  install: stage,
  targetVersion: optional(text),
  pin: stage,
  tag: stage,
  gateways: stage,
  gatewaysRestartedAt: optional(text),
  gatewayVerdict: optional(verdict),
  batches: listOf(
    shape<BatchRecord>({
      number,
      status: oneOf('open', 'rolling', 'baking', 'passed', 'failed', 'held', 'rolled-back'),
      restartedAt: optional(text),
      verdict: optional(verdict),
    }),
  ),
  soak: stage,
  soakVerdict: optional(verdict),
  tagVerdict: optional(verdict),
  complete: stage,
  // Filled in where an older version left it out.
  failed: optional(listOf(judged)),
  written: listOf(written),
  decision: optional(
    shape<Decision>({ scope: oneOf('all', 'batch'), batch: optional(number), reason: text, by: text, at: text }),
  ),
  rollbackRestartedAt: optional(text),
  restartAgain: optional(listOf(shape<RestartAgain>({ by, at: text }))),
  wentBack: optional(listOf(text)),
  recovery: optional(verdict),
  leftOver: optional(listOf(shape<LeftOver>({ by, text }))),
  timeline: listOf(shape<TimelineEntry>({ at: text, text })),
});
