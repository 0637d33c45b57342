// Can it be told whether requests failed? Not where they carry no `response_code`: a Telemetry may take that label away.
import type { GateSettings } from '../config/config.ts';
import type { Counted } from './counts.ts';
import { limitFor } from './limits.ts';

/**
 * Those of the subjects of whose requests more carry no response code than may fail. Fewer decide nothing and are left out: one caller's
 * Telemetry must not stop everybody's upgrade.
 */
export const withoutCode = (
  { bySubject, codeless }: Counted,
  subjects: readonly string[],
  { maxErrorRate }: Pick<GateSettings, 'maxErrorRate'>,
): readonly string[] =>
  subjects.filter((subject) => {
    const unknown = codeless.get(subject) ?? 0;
    return unknown > limitFor(maxErrorRate, subject) * ((bySubject.get(subject)?.requests ?? 0) + unknown);
  });
