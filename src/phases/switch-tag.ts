// Phase 3: which revision does the tag mean? Moves the tag's objects, each in one update, and reads them back.
// The caller has journalled the move; what waits has been pinned before.
import {
  MUTATING,
  SERVICE,
  VALIDATING,
  nameOf,
  type Kind,
  type KubeObject,
  type WebhookConfigurationObject,
} from '../mesh/kinds.ts';
import { DEFAULT_TAG, REV, TAG, type Revision, type Tag } from '../mesh/names.ts';
import {
  injectionClient,
  isDefaultValidator,
  pointedInjector,
  pointedService,
  pointedValidator,
  sameClient,
} from '../mesh/tag-move.ts';
import type { World } from '../ports/world.ts';
import { BrokenWorld, isConflict } from '../shared/errors.ts';
import { contestedBy } from './contested.ts';
import { storyOf } from './write-labels.ts';

export interface TagMove {
  readonly tag: Tag;
  readonly to: Revision;
  readonly istioNamespace: string;
}
/** istiod keeps writing the CA bundle into the same objects, so losing a race is normal (istio/istio 1.31 pkg/webhooks/webhookpatch.go). */
const ATTEMPTS = 20;

/** Every object of the tag points to `to`, as read back: label, clientConfig and caBundle equal its canonical injector's. */
export async function switchTag(world: World, move: TagMove): Promise<void> {
  const canonical = await canonicalInjector(world, move.to);
  let changed = 0;
  const write = async <T extends KubeObject>(kind: Kind<T>, object: T, pointed: (current: T) => T): Promise<void> => {
    if (await update(world, kind, object, pointed)) changed += 1;
  };
  const injectors = await world.cluster.list(MUTATING, { labelSelector: `${TAG}=${move.tag}` });
  const services = await world.cluster.list(SERVICE, {
    namespace: move.istioNamespace,
    labelSelector: `${TAG}=${move.tag}`,
  });
  const validators = move.tag === DEFAULT_TAG ? await defaultValidators(world) : [];
  for (const injector of injectors) {
    const previous = await previousInjector(world, injector, move.to);
    await write(MUTATING, injector, (current) => pointedInjector(current, canonical, previous));
  }
  for (const service of services) await write(SERVICE, service, (current) => pointedService(current, move.to));
  for (const validator of validators)
    await write(VALIDATING, validator, (current) => pointedValidator(current, canonical, move.to));
  await readBack(world, move);
  const from = injectors[0]?.metadata.labels?.[REV] ?? 'none';
  world.log.line(
    changed === 0 ? `tag ${move.tag} points to ${move.to} already` : `tag ${move.tag}: ${from} → ${move.to}, read back`,
  );
}

async function update<T extends KubeObject>(
  world: World,
  kind: Kind<T>,
  first: T,
  pointed: (current: T) => T,
): Promise<boolean> {
  let current: T | undefined = first;
  for (let attempt = 1; current !== undefined; attempt += 1) {
    const next: T = pointed(current);
    if (JSON.stringify(next) === JSON.stringify(current)) return false;
    await world.intend(`point ${nameOf({ kind, ...first.metadata })} to ${next.metadata.labels?.[REV] ?? ''}`);
    try {
      await world.cluster.replace(kind, next);
      world.log.line(`${nameOf({ kind, ...first.metadata })}: ${changeOf(current, next)}`);
      return true;
    } catch (error) {
      if (!isConflict(error) || attempt >= ATTEMPTS) throw error;
      current = await world.cluster.get(kind, first.metadata.name, first.metadata.namespace);
    }
  }
  return false;
}

/** Where the revision stays, istiod's address or its CA has changed since the tag was set. */
function changeOf(before: KubeObject, after: KubeObject): string {
  const [from = null, to = null] = [before.metadata.labels?.[REV], after.metadata.labels?.[REV]];
  return from === to ? `what it calls and trusts: → as of ${to ?? 'none'} now` : storyOf({ [REV]: { from, to } });
}

async function readBack(world: World, move: TagMove): Promise<void> {
  const client = injectionClient(await canonicalInjector(world, move.to));
  const injectors = await world.cluster.list(MUTATING, { labelSelector: `${TAG}=${move.tag}` });
  const services = await world.cluster.list(SERVICE, {
    namespace: move.istioNamespace,
    labelSelector: `${TAG}=${move.tag}`,
  });
  const validators = move.tag === DEFAULT_TAG ? await defaultValidators(world) : [];
  const wrong = [
    ...injectors.filter(
      (injector) =>
        injector.metadata.labels?.[REV] !== move.to ||
        injector.webhooks?.some((webhook) => !sameClient(webhook.clientConfig, client)) === true,
    ),
    ...services.filter((service) => service.metadata.labels?.[REV] !== move.to),
    ...validators.filter(
      (validator) =>
        validator.metadata.labels?.[REV] !== move.to ||
        validator.webhooks?.some((webhook) => webhook.clientConfig.caBundle !== client?.caBundle) === true,
    ),
  ];
  if (injectors.length > 0 && wrong.length === 0) return;
  const taken = injectors.find(({ metadata }) => metadata.labels?.[REV] !== move.to);
  if (taken !== undefined) throw contestedBy(MUTATING, taken, REV, taken.metadata.labels?.[REV]);
  const what =
    injectors.length === 0
      ? `no MutatingWebhookConfiguration carries ${TAG}=${move.tag}`
      : `${wrong.map((object) => object.metadata.name).join(', ')} does not point to ${move.to} after it was written`;
  throw new BrokenWorld(`tag ${move.tag}: ${what}`, {
    remedy:
      'See who else writes these objects (GitOps, another upgrade), then run the same command again, or `rollback`.',
  });
}

/** The injector of the revision that the tag is about to leave; undefined where it stays, or where that is gone. */
async function previousInjector(
  { cluster }: World,
  { metadata: { labels } }: WebhookConfigurationObject,
  to: Revision,
): Promise<WebhookConfigurationObject | undefined> {
  const from = labels?.[REV];
  if (from === undefined || from === to) return undefined;
  const [previous] = await cluster.list(MUTATING, { labelSelector: `${REV}=${from},!${TAG}` });
  return previous;
}

async function canonicalInjector(world: World, revision: Revision): Promise<WebhookConfigurationObject> {
  const [canonical] = await world.cluster.list(MUTATING, { labelSelector: `${REV}=${revision},!${TAG}` });
  if (canonical !== undefined && injectionClient(canonical) !== undefined) return canonical;
  throw new BrokenWorld(
    `revision ${revision} has no MutatingWebhookConfiguration to take the injector's address from`,
    {
      remedy: `Install istiod with revision ${revision} again, then run the same command again.`,
    },
  );
}

async function defaultValidators(world: World): Promise<readonly WebhookConfigurationObject[]> {
  return (await world.cluster.list(VALIDATING)).filter(isDefaultValidator);
}
