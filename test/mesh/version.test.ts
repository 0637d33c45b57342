import { describe, expect, it } from 'vitest';
import { parseVersion, type Skew, skewBetween, versionOfImage } from '../../src/mesh/version.ts';

describe('skewBetween', () => {
  it.each<readonly [string, string | undefined, Skew, string]>([
    ['1.31.0', '1.32.0', 'allowed', 'one minor ahead'],
    ['1.30.3', '1.32.0', 'allowed', 'a revision upgrade may skip one minor'],
    ['1.29.8', '1.32.0', 'too-new', 'three minors are never tested together'],
    ['1.32.0', '1.32.4', 'allowed', 'a patch'],
    ['1.32.4', '1.32.3', 'allowed', 'back by a patch of the same minor'],
    ['1.32.9', '1.32.0', 'allowed', 'by however many: within a minor, proxies and istiod work in either order'],
    ['1.32.0', '1.31.9', 'too-old', 'proxies must not be newer than their control plane'],
    ['1.32.0', '1.32.0', 'allowed', 'the same version under another revision, to change its settings'],
    ['1.32.0', '2.0.0', 'too-new', 'another major'],
    ['2.0.0', '1.99.0', 'too-old', 'another major'],
    ['1.31.0', undefined, 'unknown', 'not installed yet'],
    ['latest', '1.32.0', 'unknown', 'a tag without numbers'],
  ])('from %s to %s is %s: %s', (source, target, skew) => {
    expect(skewBetween(source, target)).toBe(skew);
  });
});

describe('versionOfImage', () => {
  it.each<readonly [string, string | undefined, string]>([
    ['docker.io/istio/pilot:1.32.0', '1.32.0', 'plain'],
    ['docker.io/istio/pilot:1.32.0-distroless', '1.32.0', 'the variant is no part of the version'],
    ['registry:5000/istio/pilot:1.32.0-rc.1', '1.32.0-rc.1', 'a release candidate; the port is no tag'],
    ['docker.io/istio/pilot:1.32.0@sha256:0123', '1.32.0', 'tag and digest'],
    ['registry:5000/istio/pilot', undefined, 'no tag, but a port'],
    ['docker.io/istio/pilot@sha256:0123', undefined, 'a digest alone says nothing'],
    ['docker.io/istio/pilot:latest', undefined, 'no number'],
  ])('of %s is %s: %s', (image, version) => {
    expect(versionOfImage(image)).toBe(version);
  });
});

describe('parseVersion', () => {
  it.each([
    ['1.32.1', { major: 1, minor: 32, patch: 1 }],
    ['v1.32', { major: 1, minor: 32, patch: 0 }],
    ['1.31-alpha.0f2c', { major: 1, minor: 31, patch: 0 }],
    ['1', undefined],
    ['1.32.1x', undefined],
  ])('reads %s', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });
});
