// Does what we wrote still stand, or does somebody else keep it as it was? Names who; writes nothing and fights nobody.
import { API_GATEWAY, NAMESPACE, nameOf, WORKLOAD_KINDS, type Kind, type KubeObject } from '../mesh/kinds.ts';
import { lastWriterOf } from '../mesh/last-writer.ts';
import type { Written } from '../plan/journal.ts';
import type { ClusterPort } from '../ports/cluster.ts';
import { Contested } from '../shared/errors.ts';
import type { ReasonCode, Verdict } from '../slo/verdict.ts';
import type { Session } from './session.ts';
import { contestedTag } from './tag-stands.ts';

type Place = 'metadata' | 'template';
type LabelsWritten = Extract<Written, { kind: 'labels' }>;

/** The error that stops a run which would otherwise fight over the label; `value` is what it holds now. */
export function contestedBy(
  kind: Kind<KubeObject>,
  { metadata }: KubeObject,
  label: string,
  value: string | undefined,
  where: Place = 'metadata',
): Contested {
  const writer = lastWriterOf(metadata, label, where);
  const place = where === 'template' ? `${label} of its pod template` : label;
  return new Contested(
    `${nameOf({ kind, ...metadata })}: ${place} is ${value ?? 'absent'} again, and not what this upgrade wrote${writer === undefined ? '' : `; ${writer} wrote it`}`,
    {
      remedy: `${writer ?? 'Something else (a GitOps controller or a webhook)'} keeps this object: make the change where it is declared, or pause it until the upgrade is over.`,
    },
  );
}

/** What labels and tag decide: pods without the sidecar they should have, and a PASS that would not last. */
const DECIDED_BY_LABELS: ReadonlySet<ReasonCode> = new Set([
  'ok',
  'no-traffic-accepted',
  'wrong-revision',
  'sidecar-missing',
]);

/** The verdict; or HOLD where it says what somebody else did, who moved the tag or keeps a label in these namespaces as it was. */
export async function unlessContested(
  session: Session,
  namespaces: readonly string[],
  verdict: Verdict,
): Promise<Verdict> {
  if (!DECIDED_BY_LABELS.has(verdict.reasonCode)) return verdict;
  const contested = (await contestedTag(session)) ?? (await findContested(session, namespaces));
  if (contested === undefined) return verdict;
  return { ...verdict, kind: 'HOLD', reasonCode: 'contested', reason: `${contested.message}. ${contested.remedy}` };
}

/** The first label in these namespaces that no longer holds what we wrote last; undefined where all do, or their objects are gone. */
async function findContested(session: Session, namespaces: readonly string[]): Promise<Contested | undefined> {
  const { cluster } = session.world;
  const wanted = new Set(namespaces);
  for (const { object, where, labels } of lastWritten(session.journal().written)) {
    if (!wanted.has(object.kind === 'Namespace' ? object.name : (object.namespace ?? ''))) continue;
    const live = await readLabels(cluster, object);
    if (live === undefined) continue;
    const current = where === 'metadata' ? live.metadata : live.template;
    const label = Object.keys(labels).find((key) => (current[key] ?? null) !== labels[key]);
    if (label !== undefined) return contestedBy(live.kind, live.object, label, current[label], where);
  }
  return undefined;
}

/** Each label's last written value, an entry an object and place. */
function lastWritten(
  written: readonly Written[],
): Iterable<Pick<LabelsWritten, 'object' | 'where'> & { readonly labels: Record<string, string | null> }> {
  const objects = new Map<
    string,
    { object: LabelsWritten['object']; where: Place; labels: Record<string, string | null> }
  >();
  for (const entry of written) {
    if (entry.kind !== 'labels') continue;
    const { object, where } = entry;
    const id = JSON.stringify([where, object.kind, object.namespace, object.name]);
    const known = objects.get(id) ?? { object, where, labels: {} };
    for (const [key, { to }] of Object.entries(entry.labels)) known.labels[key] = to;
    objects.set(id, known);
  }
  return objects.values();
}

type Labels = Readonly<Record<string, string>>;

async function readLabels(
  cluster: ClusterPort,
  { kind: name, ...ref }: LabelsWritten['object'],
): Promise<
  | {
      readonly kind: Kind<KubeObject>;
      readonly object: KubeObject;
      readonly metadata: Labels;
      readonly template: Labels;
    }
  | undefined
> {
  const workload = WORKLOAD_KINDS.find((candidate) => candidate.kind === name);
  if (workload !== undefined) {
    const object = await cluster.get(workload, ref.name, ref.namespace);
    const template = object?.spec.template.metadata?.labels ?? {};
    return object && { kind: workload, object, metadata: object.metadata.labels ?? {}, template };
  }
  const kind: Kind<KubeObject> = name === 'Gateway' ? API_GATEWAY : NAMESPACE;
  const object = await cluster.get(kind, ref.name, ref.namespace);
  return object && { kind, object, metadata: object.metadata.labels ?? {}, template: {} };
}
