// Which version is it, and may a mesh go from one to the other? A revision upgrade may skip one minor version
// (https://istio.io/latest/docs/setup/upgrade/canary/), and proxies must not be ahead of istiod
// (https://istio.io/latest/docs/releases/supported-releases/#control-planedata-plane-skew). Versions come from image tags: a revision's
// name is only a name and is never parsed.

export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** The numbers in `1.32.0`, `v1.32`, `1.32.0-rc.1` and the like; undefined where there are none (`latest`, a commit). */
export function parseVersion(text: string): Version | undefined {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$/.exec(text);
  if (parts === null) return undefined;
  return { major: Number(parts[1]), minor: Number(parts[2]), patch: Number(parts[3] ?? 0) };
}

/** The version in an image's tag, without the variant: `docker.io/istio/pilot:1.32.0-distroless` gives `1.32.0`. */
export function versionOfImage(image: string): string | undefined {
  const withoutDigest = image.split('@', 1)[0] ?? '';
  const tag = /:([\w][\w.-]*)$/.exec(withoutDigest)?.[1]?.replace(/-(?:distroless|debug)$/, '');
  return tag === undefined || parseVersion(tag) === undefined ? undefined : tag;
}

/** How many minor versions `to` is ahead of `from`; negative where it is behind, undefined where one of them is unknown. */
export function minorsBetween(from: string, to: string | undefined): number | undefined {
  const [a, b] = [parseVersion(from), parseVersion(to ?? '')];
  if (a === undefined || b === undefined || a.major !== b.major) return undefined;
  return b.minor - a.minor;
}

export type Skew = 'allowed' | 'too-old' | 'too-new' | 'unknown';

/**
 * Whether a revision upgrade may go from `source` to `target`: up to two minors ahead, or any other patch of the same minor in either
 * direction; a control plane must never be a minor behind the proxies that still run.
 */
export function skewBetween(source: string | undefined, target: string | undefined): Skew {
  const from = parseVersion(source ?? '');
  const to = parseVersion(target ?? '');
  if (from === undefined || to === undefined) return 'unknown';
  if (to.major !== from.major) return to.major < from.major ? 'too-old' : 'too-new';
  if (to.minor < from.minor) return 'too-old';
  return to.minor - from.minor > 2 ? 'too-new' : 'allowed';
}
