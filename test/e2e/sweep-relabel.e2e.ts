// Does an interruption lead back to the expected cluster by `relabel`, too, with a target that is not installed yet? A sample of what
// `npm run test:sweep -- relabel` does at every mutation.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Arena, openArena } from '../chaos/arena.ts';
import { type Case, type Course, play, walkThrough } from '../chaos/sweep.ts';

let arena: Arena;
let course: Course;
beforeAll(async () => {
  arena = await openArena('relabel');
  course = await walkThrough(arena);
}, 600_000);
afterAll(async () => arena.stop());

/** Each at its first mutation of this name. */
const SAMPLE: readonly (Omit<Case, 'at'> & { readonly what: string })[] = [
  { command: 'upgrade', what: 'patch istio-system: services/istiod-1-32', moment: 'after', way: 'again' },
  { command: 'failing', what: 'patch plain: deployments/pinned', moment: 'after', way: 'rollback' },
];

it.each(SAMPLE)('$command, killed $moment $what, then $way', async ({ what, ...one }) => {
  const at = course.mutations[one.command].indexOf(what) + 1;
  expect(await play(arena, course, { ...one, at })).toMatchObject({ problems: [], mutation: what });
});
