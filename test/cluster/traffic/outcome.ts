// How does one request end? Decides from the faults in force; it counts nothing and writes no labels.
import type { Member } from './member.ts';
import type { Edge, Fault } from './wire.ts';

/** How far the request got, which decides what the caller's proxy can know of the callee. */
export type Reach = 'served' | 'host-chosen' | 'no-host' | 'no-route';

export interface Outcome {
  readonly reach: Reach;
  readonly code: string;
  /** As the caller's proxy writes them, and as the callee's does. */
  readonly callerFlags: string;
  readonly calleeFlags: string;
  readonly grpcStatus: string;
  readonly extraMs: number;
  readonly failed: boolean;
}

/** A fault and the simulator's clock at its setting. */
export interface ArmedFault extends Fault {
  readonly setAtMs: number;
}

const NONE = '-';

/** The outcome of a request between two pods; either may lack: `outside` calls, or no pod is ready to answer. */
export function outcomeOf(
  protocol: Edge['protocol'],
  caller: Member | undefined,
  callee: Member | undefined,
  strikes: (fault: ArmedFault) => boolean,
  faults: readonly ArmedFault[],
): Outcome {
  const fault = faults.find((one) => concerns(one, caller, callee) && strikes(one));
  if (fault?.side === 'source') return refusedByCaller(protocol, fault);
  if (callee === undefined) return unreachable(protocol);
  const code = fault?.code ?? '200';
  return {
    reach: 'served',
    code,
    callerFlags: NONE, // the caller's proxy got an answer; whose fault it was it cannot see
    calleeFlags: fault?.flags ?? NONE,
    grpcStatus: fault?.grpcStatus ?? grpcStatusOf(protocol, code),
    extraMs: fault?.latencyMs ?? 0,
    failed: fault !== undefined,
  };
}

/** In force by the clock: from `after` seconds after its setting, for `for` seconds. */
export function inForce(fault: ArmedFault, clockMs: number): boolean {
  const begins = fault.setAtMs + (fault.after ?? 0) * 1000;
  return clockMs >= begins && (fault.for === undefined || clockMs < begins + fault.for * 1000);
}

function concerns(fault: ArmedFault, caller: Member | undefined, callee: Member | undefined): boolean {
  const side = fault.match ?? (fault.side === 'source' ? 'caller' : 'callee');
  const pod = side === 'caller' ? caller : callee;
  if (fault.side === 'destination' && callee === undefined) return false;
  if (pod === undefined) return false;
  return (
    (fault.revision === undefined || fault.revision === pod.revision) &&
    (fault.namespace === undefined || fault.namespace === pod.namespace) &&
    (fault.workload === undefined || fault.workload === pod.workload)
  );
}

function refusedByCaller(protocol: Edge['protocol'], fault: ArmedFault): Outcome {
  const flags = fault.flags.split(',');
  return {
    reach: flags.includes('NR') || flags.includes('NC') ? 'no-route' : flags.includes('UH') ? 'no-host' : 'host-chosen',
    code: fault.code,
    callerFlags: fault.flags,
    calleeFlags: NONE,
    grpcStatus: fault.grpcStatus ?? grpcStatusOf(protocol, fault.code),
    extraMs: fault.latencyMs ?? 0,
    failed: true,
  };
}

function unreachable(protocol: Edge['protocol']): Outcome {
  return {
    reach: 'no-host',
    code: protocol === 'grpc' ? '200' : '503', // Envoy's own reply to gRPC is 200 with a grpc-status
    callerFlags: 'UH',
    calleeFlags: NONE,
    grpcStatus: protocol === 'grpc' ? '14' : '',
    extraMs: 0,
    failed: true,
  };
}

const fromHttp: Readonly<Record<string, string>> = {
  '200': '0',
  '400': '13',
  '401': '16',
  '403': '7',
  '404': '12',
  '429': '14',
  '502': '14',
  '503': '14',
  '504': '14',
};

/** What Envoy writes when the answer brought no grpc-status of its own: gRPC's table for HTTP codes; empty for plain HTTP. */
function grpcStatusOf(protocol: Edge['protocol'], code: string): string {
  return protocol === 'grpc' ? (fromHttp[code] ?? '2') : '';
}
