// Who judges? This project's gate first, then the rivals.
import { argoRollouts, BACKGROUND, INLINE } from './argo.ts';
import { flagger } from './flagger.ts';
import { ours } from './ours.ts';
import type { Judge } from './outcome.ts';

export const OURS = 'this gate';
export const FLAGGER_DEFAULT = 'Flagger, default';

export const JUDGES: readonly Judge[] = [
  ours(OURS),
  flagger(FLAGGER_DEFAULT, 1),
  flagger('Flagger, tutorial', 5),
  argoRollouts('Argo, 5 × 60 s', INLINE),
  argoRollouts('Argo, background', BACKGROUND),
];
