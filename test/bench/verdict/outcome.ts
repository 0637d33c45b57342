// What can a judge of the bench end with?
import type { Batch } from './traffic.ts';

export interface Outcome {
  /** `hold`: neither; people are asked. */
  readonly verdict: 'pass' | 'rollback' | 'hold';
  /** Seconds since the last new pod became Ready. */
  readonly atS: number;
  /** How often it had looked until then: checks, measurements, or (this gate) looks that brought newer numbers of its window. */
  readonly looks: number;
  /** Only where the judge has a window of its own: since when it counts (s), and how much it had counted. */
  readonly windowFromS?: number;
  readonly requests?: number;
}

export interface Judge {
  readonly name: string;
  /** The same batch is always judged the same. */
  judge(batch: Batch): Outcome;
}

export const inOutage = ({ outage }: Batch, atS: number): boolean =>
  outage !== undefined && atS >= outage.fromS && atS < outage.toS;
