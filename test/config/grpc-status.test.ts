import { describe, expect, it } from 'vitest';
import { parseGrpcStatuses } from '../../src/config/grpc-status.ts';
import { INPUTS } from '../../src/config/inputs.ts';
import { GRPC_ERRORS } from '../../src/slo/signals.ts';
import { problemsOf, valueOf } from './text.ts';

describe('statuses of gRPC', () => {
  it.each([
    ['2 4', ['2', '4']],
    ['UNAVAILABLE, internal\n13', ['13', '14']],
    ['16', ['16']],
  ])('%j are %j', (text, statuses) => {
    expect(valueOf(parseGrpcStatuses(text))).toEqual(statuses);
  });

  it.each([
    ['17', 'no status of gRPC', 'there are 16'],
    ['0', 'status for success', 'else all would have failed'],
    ['ok', 'status for success', 'the same'],
    ['UNAVAILBLE', '`UNAVAILABLE`', 'mistyped'],
  ])('%j is refused: %s (%s)', (text, problem) => {
    expect(problemsOf(parseGrpcStatuses(text))).toContain(problem);
  });

  it('are by default those that the gate takes for failures where a journal names none', () => {
    const input = INPUTS.find(({ name }) => name === 'grpc-error-statuses');
    expect(valueOf(parseGrpcStatuses(input?.default ?? ''))).toEqual(GRPC_ERRORS);
  });
});
