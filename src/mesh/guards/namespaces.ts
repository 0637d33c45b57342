// Which namespaces would surprise the one who moves them?
import { assertNever } from '../../shared/assert-never.ts';
import type { Finding } from '../finding.ts';
import { whatIsAsked, whatTemplateAsks } from '../asked-name.ts';
import { DEFAULT_TAG } from '../names.ts';
import type { MeshNamespace } from '../snapshot.ts';
import { type Concern, counted } from './concern.ts';

export function namespaceFindings(concern: Concern): readonly Finding[] {
  return [...bothLabels(concern), ...movingWithTheTag(concern), ...runnersOwn(concern)];
}

/** IST0123: `istio-injection` wins without a word. */
function bothLabels({ snapshot, frozen, source, resolve, inScope }: Concern): readonly Finding[] {
  return snapshot.namespaces.flatMap((namespace): readonly Finding[] => {
    const { name, request } = namespace;
    if (request.kind !== 'both-labels' || !inScope(namespace)) return [];
    const follows = resolve(DEFAULT_TAG);
    if (follows !== source && resolve(request.value) !== source) return [];
    const drift =
      frozen.strategy === 'tag' && frozen.tag === DEFAULT_TAG && follows === source
        ? ' It is left alone if you accept this, and its new pods follow the tag as soon as that moves.'
        : ' It is left alone if you accept this.';
    return [
      {
        id: 'both-injection-labels',
        severity: 'overridable',
        subject: `namespace ${name}`,
        message: `it carries istio-injection=enabled and istio.io/rev=${request.value}; the first wins, so its pods follow the tag default (${follows ?? 'which does not exist'}) and not ${request.value}.${drift}`,
        remedy: `Take one label away: \`kubectl label namespace ${name} istio.io/rev-\` changes nothing now, \`kubectl label namespace ${name} istio-injection-\` makes it follow ${request.value}.`,
      },
    ];
  });
}

/** Nothing can hold them back: a label would inject every pod of the namespace. */
function movingWithTheTag({ snapshot, frozen, source }: Concern): readonly Finding[] {
  if (frozen.strategy !== 'tag') return [];
  const workloads = Map.groupBy(
    snapshot.workloads.filter(
      (workload) =>
        workload.gateway === 'not-a-gateway' &&
        workload.requested === source &&
        whatTemplateAsks(workload, { tag: frozen.tag, source }, snapshot) === 'the-tag',
    ),
    ({ ref }) => ref.namespace,
  );
  return snapshot.namespaces
    .filter(({ request, terminating }) => request.kind === 'unlabelled' && !terminating)
    .flatMap(({ name }): readonly Finding[] => {
      const asking = workloads.get(name)?.length ?? 0;
      if (asking === 0) return [];
      return [
        {
          id: 'moves-in-phase-3',
          severity: 'notice',
          subject: `namespace ${name}`,
          message: `it has no injection label; ${counted(asking, 'pod template')} in it ask for the tag ${frozen.tag} by themselves. It can't be pinned: pods that are created after the tag has moved get the new proxy, whether its batch has come or not.`,
          remedy: `Nothing, if that may be; else label it, or use \`strategy: relabel\`.`,
        },
      ];
    });
}

/** A runner that restarts itself does not live to see the end. */
function runnersOwn(concern: Concern): readonly Finding[] {
  const { runnerNamespace, namespaceNamed, inScope } = concern;
  const namespace = runnerNamespace === undefined ? undefined : namespaceNamed(runnerNamespace);
  if (namespace === undefined || !inScope(namespace) || !wouldMove(namespace, concern)) return [];
  return [
    {
      id: 'runner-namespace',
      severity: 'blocks',
      subject: `namespace ${namespace.name}`,
      message: 'this very run lives in a pod there, and the batch would restart it.',
      remedy: `Add ${namespace.name} to \`exclude-namespaces\`, or run from elsewhere.`,
    },
  ];
}

/** Its followers of another tag stay where they are. */
function wouldMove({ name, request }: MeshNamespace, { resolve, source, snapshot, frozen }: Concern): boolean {
  const moved = { tag: frozen.tag, source };
  switch (request.kind) {
    case 'follows-default':
      return resolve(DEFAULT_TAG) === source && frozen.tag === DEFAULT_TAG;
    case 'rev-label':
      return resolve(request.value) === source && whatIsAsked(request.value, moved, snapshot.tags) !== 'another';
    case 'unlabelled':
      return snapshot.workloads.some(
        (workload) =>
          workload.ref.namespace === name &&
          workload.requested === source &&
          whatTemplateAsks(workload, moved, snapshot) !== 'another',
      );
    case 'disabled':
    case 'both-labels':
      return false;
    default:
      return assertNever(request);
  }
}
