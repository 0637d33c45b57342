// Does an interruption lead back to the expected cluster? A sample of what `npm run test:sweep` does at every mutation.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openArena, type Arena } from '../chaos/arena.ts';
import { type Course, play, walkThrough, type Case } from '../chaos/sweep.ts';

let arena: Arena;
let course: Course;
beforeAll(async () => {
  arena = await openArena();
  course = await walkThrough(arena);
}, 600_000);
afterAll(async () => arena.stop());

/** `share` of the way through the command. */
const SAMPLE: readonly (Omit<Case, 'at'> & { readonly share: number })[] = [
  { command: 'upgrade', share: 0.35, moment: 'after', way: 'again' },
  { command: 'upgrade', share: 0.5, moment: 'before', way: 'rollback' },
  // The runner dies too: the lease stands still, until the next run takes it over.
  { command: 'upgrade', share: 0.6, moment: 'after', way: 'again', post: false },
  { command: 'failing', share: 0.8, moment: 'before', way: 'again' },
  { command: 'rollback', share: 0.5, moment: 'after', way: 'again' },
  { command: 'complete', share: 0.5, moment: 'after', way: 'rollback' },
];

it.each(SAMPLE)('$command, killed $moment its mutation at $share of the way, then $way', async ({ share, ...one }) => {
  const at = Math.max(1, Math.round(share * course.mutations[one.command].length));
  expect(await play(arena, course, { ...one, at })).toMatchObject({ problems: [], mutation: expect.any(String) });
});
