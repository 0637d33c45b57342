// Past which HOLD may a person wave a batch? Never past a FAIL, and not past what a person cannot answer for.
import type { ReasonCode } from '../slo/verdict.ts';
import { bad, shown, type Parsed } from './parsed.ts';
import { parseChoice } from './simple.ts';

/** What each reason code is the reason of; complete by the compiler's word. */
export const REASON_OF = {
  ok: 'pass',
  'no-traffic-accepted': 'pass',
  'error-rate': 'fail',
  'traffic-lost': 'fail',
  'routes-lost': 'fail',
  relapse: 'fail',
  'config-rejected': 'fail',
  'injection-failed': 'fail',
  'proxy-not-ready': 'fail',
  'sidecar-missing': 'fail',
  'wrong-revision': 'fail',
  objective: 'fail',
  inconclusive: 'hold',
  'no-traffic': 'hold',
  blind: 'hold',
  'telemetry-lost': 'hold',
  'rollout-stuck': 'hold',
  contested: 'stop',
  'mesh-wide-incident': 'hold',
  misconfigured: 'hold',
  'out-of-time': 'stop',
  'credentials-expired': 'stop',
  'credentials-expiring': 'stop',
  forbidden: 'stop',
  'write-refused': 'stop',
  'pre-empted': 'stop',
  interrupted: 'stop',
} as const satisfies Record<ReasonCode, 'pass' | 'fail' | 'hold' | 'stop'>;

const HOLDS = Object.entries(REASON_OF).flatMap(([code, of]) => (of === 'hold' ? [code] : []));

/** The reason code of exactly one HOLD of the gate. */
export function parseAcceptHold(text: string): Parsed<string> {
  const of = Object.entries(REASON_OF).find(([code]) => code === text)?.[1];
  if (of === 'fail')
    return bad(
      `${shown(text)} is the reason of a FAIL, and no FAIL can be accepted; run the command again: only a PASS clears it`,
    );
  if (of === 'stop')
    return bad(`${shown(text)} is why a run stopped, not a judgement to accept; run the command again`);
  return parseChoice(HOLDS)(text);
}
