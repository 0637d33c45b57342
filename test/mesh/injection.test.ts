import { describe, expect, it } from 'vitest';
import { expectedRevision, namespaceRequest, requestedRevision, resolverOf } from '../../src/mesh/injection.ts';
import { asRevision } from '../../src/mesh/names.ts';
import type { NamespaceRequest } from '../../src/mesh/snapshot.ts';
import { aControlPlane, aTag } from '../builders/snapshot.ts';

type Labels = Readonly<Record<string, string>>;
const enabled = { 'istio-injection': 'enabled' };
const off = { 'istio-injection': 'disabled' };
const rev = (value: string): Labels => ({ 'istio.io/rev': value });
const inject = (value: string): Labels => ({ 'sidecar.istio.io/inject': value });

const planes = [aControlPlane('1-31'), aControlPlane('1-32')];
const resolve = resolverOf(planes, [aTag('default', '1-31'), aTag('prod', '1-32')]);

describe('requestedRevision', () => {
  const rows: readonly (readonly [namespace: Labels, pod: Labels, who: string | undefined, why: string])[] = [
    [enabled, {}, '1-31', 'istio-injection=enabled follows the default tag'],
    [{ ...enabled, ...rev('1-32') }, {}, '1-31', 'istio-injection shadows istio.io/rev beside it'],
    [enabled, rev('1-32'), '1-31', 'istio-injection shadows the pod label too'],
    [enabled, inject('false'), undefined, 'the pod keeps every injector away'],
    [off, {}, undefined, 'disabled'],
    [off, { ...rev('1-32'), ...inject('true') }, undefined, 'disabled wins over everything a pod asks'],
    [{ 'istio-injection': 'yes' }, inject('true'), undefined, 'any value but enabled disables'],
    [{ 'istio-injection': '' }, inject('true'), undefined, 'an empty value too: the label exists'],
    [{ ...off, ...rev('1-32') }, {}, undefined, 'disabled shadows istio.io/rev'],
    [rev('1-32'), {}, '1-32', 'a revision by name'],
    [rev('prod'), {}, '1-32', 'a tag is resolved'],
    [rev('default'), {}, '1-31', 'the default tag by name'],
    [rev('1-32'), rev('1-31'), '1-32', 'the namespace outranks the pod (istio#37088)'],
    [rev('1-32'), inject('true'), '1-32', 'inject=true does not ask for the default tag here'],
    [rev('1-32'), inject('false'), undefined, 'the pod keeps every injector away'],
    [rev('gone'), {}, undefined, 'no webhook lists the value: nobody is called, the pod starts bare'],
    [rev('gone'), rev('1-32'), undefined, 'and the pod label does not help'],
    [rev(''), inject('true'), undefined, 'an empty value is a value that nobody lists'],
    [{}, rev('1-32'), '1-32', 'an unlabelled namespace lets the pod decide'],
    [{}, rev('prod'), '1-32', 'by tag as well'],
    [{}, { ...rev('1-32'), ...inject('true') }, '1-32', 'a pod that names a revision is not for the default tag'],
    [{}, { ...rev('1-32'), ...inject('false') }, undefined, 'not even one that names a revision'],
    [{}, inject('true'), '1-31', 'inject=true asks the default tag'],
    [{}, {}, undefined, 'nobody asked'],
  ];
  it.each(rows)('%j with pod %j meets %s: %s', (namespace, pod, who) => {
    expect(requestedRevision(namespace, pod, resolve)).toBe(who);
  });

  it('finds nobody for istio-injection=enabled where there is no default tag', () => {
    expect(requestedRevision(enabled, {}, resolverOf(planes, []))).toBeUndefined();
  });

  it('takes pods that ask for nothing where enableNamespacesByDefault is on, unless they say no', () => {
    const byDefault = resolverOf(planes, [aTag('default', '1-31', { injectsUnasked: true })]);
    expect(requestedRevision({}, {}, byDefault)).toBe('1-31');
    expect(requestedRevision({}, inject('maybe'), byDefault)).toBeUndefined();
    expect(requestedRevision(off, {}, byDefault)).toBeUndefined();
  });
});

describe('an istiod without a revision', () => {
  const unrevisioned = aControlPlane('default');
  it('is the default revision itself while no default tag exists', () => {
    expect(requestedRevision(enabled, {}, resolverOf([unrevisioned], []))).toBe('default');
  });

  it('still injects through the tag once its own injector was deactivated', () => {
    const deactivated = { ...unrevisioned, deactivated: true };
    expect(requestedRevision(enabled, {}, resolverOf([deactivated], [aTag('default', 'default')]))).toBe('default');
  });

  it('loses its name to the tag: istio.io/rev=default means the tag from then on', () => {
    const moved = resolverOf([{ ...unrevisioned, deactivated: true }], [aTag('default', '1-32')]);
    expect(requestedRevision(rev('default'), {}, moved)).toBe('1-32');
  });

  it('injects nobody when it is deactivated and the tag is gone', () => {
    expect(requestedRevision(enabled, {}, resolverOf([{ ...unrevisioned, deactivated: true }], []))).toBeUndefined();
  });
});

describe('expectedRevision', () => {
  const pod = { labels: {}, annotations: {}, hostNetwork: false };
  const shop = { name: 'shop', labels: enabled };
  const rows = [
    [shop, pod, '1-31', 'an ordinary pod'],
    [shop, { ...pod, hostNetwork: true }, undefined, 'istiod skips the host network'],
    [{ ...shop, name: 'kube-system' }, pod, undefined, 'istiod ignores the namespace'],
    [shop, { ...pod, annotations: inject('false') }, undefined, 'the old annotation still says no'],
    [shop, { ...pod, annotations: inject('false'), labels: inject('true') }, '1-31', 'the label beats the annotation'],
    [{ ...shop, labels: {} }, { ...pod, annotations: inject('true') }, undefined, 'no webhook selects by annotation'],
  ] as const;
  it.each(rows)('in %j, %j meets %s: %s', (namespace, template, who) => {
    expect(expectedRevision(namespace, template, resolve)).toBe(who);
  });
});

describe('namespaceRequest', () => {
  it.each<readonly [Labels, NamespaceRequest, string]>([
    [enabled, { kind: 'follows-default' }, 'the plain label'],
    [rev('prod'), { kind: 'rev-label', value: 'prod' }, 'a tag or a revision: the label does not say which'],
    [{ ...enabled, ...rev('prod') }, { kind: 'both-labels', value: 'prod' }, 'istio-injection wins, silently'],
    [off, { kind: 'disabled' }, 'nobody injects'],
    [{ ...off, ...rev('prod') }, { kind: 'disabled' }, 'nobody injects here either'],
    [{ team: 'a' }, { kind: 'unlabelled' }, 'pod templates decide'],
  ])('%j is %j: %s', (labels, request) => {
    expect(namespaceRequest(labels)).toEqual(request);
  });
});

describe('resolverOf', () => {
  it('lets a tag win over a revision of the same name', () => {
    expect(resolverOf(planes, [aTag('1-32', '1-31')])('1-32')).toBe(asRevision('1-31'));
  });
});
