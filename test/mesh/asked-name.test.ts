import { describe, expect, it } from 'vitest';
import { askedByGateway, askedByPod, whatIsAsked, whatTemplateAsks } from '../../src/mesh/asked-name.ts';
import { asRevision, asTag } from '../../src/mesh/names.ts';
import { aNamespace, aTag, aWorkload } from '../builders/snapshot.ts';

const rev = (value: string) => ({ 'istio.io/rev': value });
const inject = { 'sidecar.istio.io/inject': 'true' };
const enabled = { 'istio-injection': 'enabled' };

describe('the name by which a pod asks', () => {
  it.each([
    { namespace: rev('stable'), pod: rev('canary'), name: 'stable', why: 'the namespace outranks the pod' },
    { namespace: {}, pod: rev('canary'), name: 'canary', why: 'nobody else says' },
    { namespace: { ...enabled, ...rev('stable') }, pod: rev('canary'), name: undefined, why: 'istio-injection wins' },
    { namespace: {}, pod: inject, name: undefined, why: 'it only wants to be injected' },
    { namespace: {}, pod: { ...inject, ...rev('canary') }, name: 'canary', why: 'it says by whom, too' },
  ])('is $name: $why', ({ namespace, pod, name }) => {
    expect(askedByPod(namespace, pod)).toBe(name);
  });
});

describe('the name by which a Gateway asks', () => {
  it.each([
    { namespace: rev('stable'), gateway: { revLabel: 'canary' }, name: 'canary', why: 'its own label' },
    { namespace: rev('stable'), gateway: {}, name: 'stable', why: "its namespace's" },
    { namespace: { ...enabled, ...rev('stable') }, gateway: {}, name: 'stable', why: 'istio-injection is for pods' },
    { namespace: enabled, gateway: {}, name: undefined, why: 'nobody says' },
  ])('is $name: $why', ({ namespace, gateway, name }) => {
    expect(askedByGateway(namespace, gateway)).toBe(name);
  });
});

describe('what is asked by a name', () => {
  const tags = [aTag('stable', '1-31'), aTag('canary', '1-31')];
  it.each([
    { name: 'canary', tag: 'canary', source: '1-31', asked: 'the-tag', why: 'it is the one that moves' },
    { name: 'stable', tag: 'canary', source: '1-31', asked: 'another', why: 'it points to the source and stays there' },
    { name: '1-31', tag: 'canary', source: '1-31', asked: 'the-source', why: 'the source by name' },
    { name: '1-30', tag: 'canary', source: '1-31', asked: 'another', why: 'another revision' },
    { name: undefined, tag: 'default', source: '1-31', asked: 'the-tag', why: 'no label asks for default' },
    {
      name: undefined,
      tag: 'canary',
      source: '1-31',
      asked: 'another',
      why: 'no label asks for default, not for canary',
    },
    { name: 'default', tag: 'default', source: 'default', asked: 'the-tag', why: 'the tag before the revision' },
    { name: 'default', tag: 'canary', source: 'default', asked: 'the-source', why: 'there is no such tag' },
    { name: undefined, tag: 'canary', source: 'default', asked: 'another', why: 'no label names the source' },
  ])('is $asked for $name under tag $tag on $source: $why', ({ name, tag, source, asked }) => {
    expect(whatIsAsked(name, { tag: asTag(tag), source: asRevision(source) }, tags)).toBe(asked);
  });

  it('is a tag and not the revision of the same name, also where it is not the tag that moves', () => {
    const moved = { tag: asTag('canary'), source: asRevision('default') };
    expect(whatIsAsked('default', moved, [...tags, aTag('default', 'default')])).toBe('another');
  });

  it('is told by the pod template alone in a namespace that nobody knows', () => {
    const moved = { tag: asTag('canary'), source: asRevision('1-31') };
    const workload = aWorkload({ templateLabels: rev('canary') });
    expect(whatTemplateAsks(workload, moved, { namespaces: [], tags })).toBe('the-tag');
    expect(whatTemplateAsks(workload, moved, { namespaces: [aNamespace('payments', rev('stable'))], tags })).toBe(
      'another',
    );
  });
});
