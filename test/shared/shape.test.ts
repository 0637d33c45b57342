import { describe, expect, it } from 'vitest';
import {
  byKind,
  type Check,
  listOf,
  mapOf,
  number,
  oneOf,
  optional,
  orNull,
  shape,
  text,
} from '../../src/shared/shape.ts';

interface Pet {
  readonly name: string;
  readonly age?: number;
  readonly tags: readonly string[];
}
const pet = shape<Pet>({ name: text, age: optional(number), tags: listOf(text) });

describe('a shape', () => {
  it.each<[string, Check, unknown, string | undefined]>([
    ['an object that has it', pet, { name: 'Rex', tags: [] }, undefined],
    ['an object that has more', pet, { name: 'Rex', tags: [], owner: 1 }, undefined],
    ['a missing field', pet, { tags: [] }, 'name is not a text: it is missing'],
    ['a wrong optional field', pet, { name: 'Rex', age: '3', tags: [] }, 'age is not a number'],
    ['a wrong item', pet, { name: 'Rex', tags: ['a', 2] }, 'tags[1] is not a text'],
    ['a list instead', pet, [], ' is not an object'],
    ['a value in a map', mapOf(orNull(text)), { a: null, b: 1 }, '.b is not a text'],
    ['an unknown word', oneOf('a', 'b'), 'c', ' is none of a, b'],
    ['a kind nobody knows', byKind({ pet }), { kind: 'car' }, ' is of no known kind'],
    ['a kind that only objects have', byKind({ pet }), { kind: 'toString' }, ' is of no known kind'],
    ['nothing where a kind should be', byKind({ pet }), null, ' is of no known kind'],
  ])('of %s', (_what, check, value, problem) => {
    expect(check(value, '')).toBe(problem);
  });
});
