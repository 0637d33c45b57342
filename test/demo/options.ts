// What may be said to the demo?

export interface DemoOptions {
  /** Namespace whose new proxies answer 503; undefined for an upgrade that goes well. */
  readonly breaks?: string;
  /** Where the job summary is written. */
  readonly summary: string;
}
export type Asked =
  | { readonly kind: 'play'; readonly options: DemoOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string };

export const USAGE = `npm run demo [-- --break <namespace>] [--summary <file>]

Upgrades a small shop mesh from Istio 1.31-dev to 1.32-dev on a cluster of its own.
  --break <namespace>   the new revision answers 503 there: see the gate fail, the rollback, the recovery
  --summary <file>      where the job summary goes; demo-summary.md unless told`;

/** `namespaces` are those that can be broken. */
export function readOptions(args: readonly string[], namespaces: readonly string[]): Asked {
  let breaks: string | undefined;
  let summary = 'demo-summary.md';
  for (let index = 0; index < args.length; index += 2) {
    const [flag, value] = [args[index], args[index + 1]];
    if (flag === '--help' || flag === '-h') return { kind: 'help' };
    if (flag !== '--break' && flag !== '--summary') return { kind: 'wrong', message: `there is no ${String(flag)}` };
    if (value === undefined) return { kind: 'wrong', message: `${flag} needs a value` };
    if (flag === '--summary') summary = value;
    else if (!namespaces.includes(value))
      return { kind: 'wrong', message: `the shop has no namespace ${value}; it has ${namespaces.join(', ')}` };
    else breaks = value;
  }
  return { kind: 'play', options: { summary, ...(breaks === undefined ? {} : { breaks }) } };
}
