import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '../../src/mesh/kinds.ts';
import { lastWriterOf } from '../../src/mesh/last-writer.ts';

const label = { 'f:metadata': { 'f:labels': { 'f:istio.io/rev': {} } } };
const template = { 'f:spec': { 'f:template': label } };

describe('who wrote a label last', () => {
  it.each<{
    why: string;
    managedFields: NonNullable<ObjectMeta['managedFields']>;
    where?: 'template';
    writer: string | undefined;
  }>([
    {
      why: 'the field manager of the label',
      managedFields: [
        { manager: 'kubectl', time: '2026-10-01T12:00:09Z', fieldsV1: { 'f:metadata': {} } },
        { manager: 'argocd-controller', time: '2026-10-01T12:00:00Z', fieldsV1: label },
      ],
      writer: 'argocd-controller',
    },
    {
      why: 'of a pod template, its manager there',
      managedFields: [
        { manager: 'kubectl', fieldsV1: label },
        { manager: 'flux', fieldsV1: template },
      ],
      where: 'template',
      writer: 'flux',
    },
    {
      why: 'of a label that is gone, whoever wrote last, but never ourselves',
      managedFields: [
        { manager: 'istio-canary-upgrade', time: '2026-10-01T12:00:09Z' },
        { manager: 'kubectl', time: '2026-10-01T12:00:00Z' },
        { manager: 'argocd-controller', time: '2026-10-01T12:00:05Z' },
      ],
      writer: 'argocd-controller',
    },
    { why: 'unknown where only we wrote', managedFields: [{ manager: 'istio-canary-upgrade' }], writer: undefined },
    { why: 'unknown where the API server tells nothing', managedFields: [], writer: undefined },
  ])('is $why', ({ managedFields, where, writer }) => {
    expect(lastWriterOf({ name: 'x', managedFields }, 'istio.io/rev', where ?? 'metadata')).toBe(writer);
  });
});
