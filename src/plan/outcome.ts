// How did a command that carries an upgrade come out, before anybody put it into words?
import type { Verdict } from '../slo/verdict.ts';
import type { SourceUse } from './source-use.ts';
import type { Limit } from './time-needed.ts';

export type Outcome =
  | { readonly kind: 'done' }
  /** `what`: `batch 2`, `the gateways`. */
  | { readonly kind: 'held'; readonly verdict: Verdict; readonly what: string; readonly batch?: number }
  /** Nothing more of this batch, or without one of the gateways, was touched. */
  | {
      readonly kind: 'not-begun';
      readonly batch?: number;
      readonly obstacle:
        | { readonly kind: 'out-of-time'; readonly limit: Limit }
        | { readonly kind: 'write-refused'; readonly reason: string };
    }
  | { readonly kind: 'in-use'; readonly uses: readonly SourceUse[] }
  /** The objects to delete, by name. */
  | { readonly kind: 'ready-to-remove'; readonly objects: readonly string[] }
  | { readonly kind: 'rolled-back'; readonly recovery?: Verdict }
  | {
      readonly kind: 'rollback-unfinished';
      readonly outcome:
        | { readonly kind: 'failed' | 'stuck'; readonly reason: string }
        /** Nothing was put back, for the source could not inject. */
        | { readonly kind: 'no-source'; readonly reason: string }
        | { readonly kind: 'stopped' };
    };
