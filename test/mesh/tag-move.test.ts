import { expect, it } from 'vitest';
import { pointedService } from '../../src/mesh/tag-move.ts';
import { rawTagService } from '../builders/raw.ts';

it.each(['1-32', 'default'])('a tag that is moved to revision %s selects it as istioctl would', (revision) => {
  expect(pointedService(rawTagService('default', '1-31'), revision)).toEqual(rawTagService('default', revision));
});
