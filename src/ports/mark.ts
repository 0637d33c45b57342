// What do the commands ask of the mark beside the lease? It says that an upgrade is under way even where its journal was lost.
import type { UpgradeMark } from '../plan/upgrade-mark.ts';

export interface MarkPort {
  /** As last written; undefined where no upgrade is under way, or the lease is gone too. */
  read(): Promise<UpgradeMark | undefined>;
  /** To be called while the lease is held; `undefined` takes it away. */
  write(mark: UpgradeMark | undefined): Promise<void>;
}
