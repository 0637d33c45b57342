import { describe, expect, it } from 'vitest';
import { apiGatewayOf, gatewayOwnerOf } from '../../src/mesh/gateway-api.ts';
import { asRevision } from '../../src/mesh/names.ts';
import { rawGateway } from '../builders/raw.ts';
import { aControlPlane, aTag } from '../builders/snapshot.ts';

type Labels = Readonly<Record<string, string>>;
const planes = [aControlPlane('1-31'), aControlPlane('1-32')];
const rev = (value: string): Labels => ({ 'istio.io/rev': value });
const ownerFor = gatewayOwnerOf(planes, [aTag('default', '1-31'), aTag('prod', '1-32')], undefined);

describe('the revision that deploys a Gateway', () => {
  it.each<readonly [Labels, Labels, string | undefined, string]>([
    [{}, {}, '1-31', 'the default tag’s, when nobody says anything'],
    [{}, { 'istio-injection': 'enabled' }, '1-31', 'injection labels play no part'],
    [{}, { 'istio-injection': 'disabled' }, '1-31', 'not even that one'],
    [{}, rev('1-32'), '1-32', 'the namespace’s revision'],
    [{}, rev('prod'), '1-32', 'the namespace’s tag'],
    [{}, { 'istio-injection': 'enabled', ...rev('1-32') }, '1-32', 'here istio-injection shadows nothing'],
    [rev('1-31'), rev('1-32'), '1-31', 'its own label outranks the namespace’s'],
    [rev('prod'), {}, '1-32', 'its own tag'],
    [rev(''), rev('1-32'), '1-31', 'an own label that is empty asks for the default'],
    [rev('gone'), {}, undefined, 'a name that nobody has: nobody deploys it'],
  ])('with label %j in a namespace with %j is %s: %s', (own, namespace, revision) => {
    expect(apiGatewayOf(rawGateway({ labels: own }), [], namespace, ownerFor)?.requested).toBe(revision);
  });

  it('is the default validator’s where no default tag exists', () => {
    expect(gatewayOwnerOf(planes, [], asRevision('1-32'))('')).toBe('1-32');
  });

  it('is an istiod without a revision where there is neither', () => {
    expect(gatewayOwnerOf([aControlPlane('default')], [], undefined)('')).toBe('default');
  });

  it('may have a deactivated injector: that switches off injection alone', () => {
    expect(gatewayOwnerOf([aControlPlane('default', { deactivated: true })], [], undefined)('default')).toBe('default');
  });
});

type Over = Parameters<typeof rawGateway>[0];
const read = (over: Over) => apiGatewayOf(rawGateway(over), [], {}, ownerFor);

describe('a Gateway', () => {
  it('of another vendor’s class is none of ours', () => {
    expect(read({ className: 'nginx' })).toBeUndefined();
  });

  it('of a class of the user’s own is Istio’s when Istio’s controller serves that class', () => {
    const classes = [{ metadata: { name: 'edge' }, spec: { controllerName: 'istio.io/gateway-controller' } }];
    expect(apiGatewayOf(rawGateway({ className: 'edge' }), classes, {}, ownerFor)?.managed).toBe(true);
  });

  it.each<readonly [Over, boolean, string]>([
    [{}, true, 'istiod makes its Service'],
    [{ addresses: [{ value: '10.0.0.1' }] }, true, 'an address without a type is an IP: only a wish'],
    [{ addresses: [{ type: 'IPAddress', value: '10.0.0.1' }] }, true, 'the same, spelled out'],
    [{ addresses: [{ type: 'Hostname', value: 'ingress.istio.svc' }] }, false, 'a Service that exists already'],
    [{ addresses: [{ value: '10.0.0.1' }, { value: '10.0.0.2' }] }, false, 'several addresses: not istiod’s to make'],
    [{ className: 'istio-waypoint' }, true, 'a waypoint'],
    [{ className: 'istio-remote' }, false, 'another cluster deploys it'],
  ])('%j is deployed by istiod: %s', (over, managed) => {
    expect(read(over)?.managed).toBe(managed);
  });
});
