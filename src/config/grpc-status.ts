// Which answers of gRPC are failures? Numbers or names in, numbers as Istio's metrics have them out.
import { bad, every, map, ok, type Parsed, shown } from './parsed.ts';
import { nearest } from './nearest.ts';

/** By number: https://grpc.github.io/grpc/core/md_doc_statuscodes.html. */
const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

/** `14 INTERNAL`, by number or name, with spaces, commas or lines between them, as `['13', '14']`: in order, each once. */
export function parseGrpcStatuses(text: string): Parsed<readonly string[]> {
  const words = text.split(/[\s,]+/u).filter((word) => word !== '');
  return map(every(words.map(parseOne)), (all) => [...new Set(all)].toSorted((a, b) => a - b).map(String));
}

function parseOne(word: string): Parsed<number> {
  const number = /^\d{1,2}$/u.test(word) ? Number(word) : NAMES.findIndex((name) => name === word.toUpperCase());
  if (number === 0) return bad(`${shown(word)} is gRPC's status for success`);
  if (number > 0 && number < NAMES.length) return ok(number);
  const near = nearest(
    word,
    NAMES.map((name) => name.toLowerCase()),
  )?.toUpperCase();
  return bad(
    `${shown(word)} is no status of gRPC: a number from 1 to 16, or its name${near === undefined ? '' : `; perhaps \`${near}\` was meant`}`,
  );
}
