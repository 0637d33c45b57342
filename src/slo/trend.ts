// How did an error ratio go, look by look? One line of blocks for people: a trend, no measurement.
const BLOCKS = '▁▂▃▄▅▆▇█';
const WIDEST = 24;

export interface Look {
  readonly requests: number;
  readonly errors: number;
}

/** Looks, the newest first: one more costs no more however many there are. */
export interface Looks extends Look {
  readonly earlier: Looks | undefined;
}

/** The same, oldest first. */
export function inOrder(looks: Looks | undefined): readonly Look[] {
  const all: Look[] = [];
  for (let look = looks; look !== undefined; look = look.earlier) all.push(look);
  return all.toReversed();
}

/** `▁▁▂█ to 31 %` without the number: each block a look (or several, when there are many), `·` one without requests, █ the worst. */
export function trendOf(looks: readonly Look[]): string {
  const shares = joined(looks).map(({ requests, errors }) => (requests > 0 ? errors / requests : undefined));
  const worst = Math.max(0, ...shares.map((share) => share ?? 0));
  return shares.map((share) => (share === undefined ? '·' : block(share, worst))).join('');
}

/** Nothing is the lowest block, and the lowest block is nothing. */
function block(share: number, worst: number): string {
  const height = share <= 0 ? 0 : Math.max(1, Math.round((share / worst) * (BLOCKS.length - 1)));
  return BLOCKS.charAt(height);
}

/** At most `WIDEST` looks: neighbours are added up, so that none is left out. */
function joined(looks: readonly Look[]): readonly Look[] {
  const size = Math.max(1, Math.ceil(looks.length / WIDEST));
  const sums: Look[] = [];
  for (let from = 0; from < looks.length; from += size) {
    const part = looks.slice(from, from + size);
    sums.push({
      requests: part.reduce((sum, { requests }) => sum + requests, 0),
      errors: part.reduce((sum, { errors }) => sum + errors, 0),
    });
  }
  return sums;
}
