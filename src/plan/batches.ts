// Which namespaces move together, in which order? Applies the lines of `batches` to the namespaces in scope.
import { isChosen, selectorText } from '../config/choose.ts';
import type { BatchRule } from '../config/config.ts';
import type { Finding } from '../mesh/finding.ts';
import type { MeshNamespace } from '../mesh/snapshot.ts';
import { assertNever } from '../shared/assert-never.ts';
import type { Result } from '../shared/result.ts';
import type { PlannedBatch, PlannedNamespace } from './plan.ts';

/** A namespace in scope, with the labels its selectors look at. */
export type Candidate = PlannedNamespace & Pick<MeshNamespace, 'labels'>;

/**
 * Every candidate stands in exactly one batch, or the problems say why not. Within a line: fewest injected pods
 * first, then by name, `last` (Prometheus' own namespace) at the end. Lines that find nothing left make no batch.
 */
export function batchesOf(
  rules: readonly BatchRule[],
  candidates: readonly Candidate[],
  last?: string,
): Result<readonly PlannedBatch[], Finding> {
  const problems: Finding[] = [];
  const groups: Candidate[][] = [];
  let left = candidates.toSorted(
    (a, b) => Number(a.name === last) - Number(b.name === last) || a.pods - b.pods || compare(a.name, b.name),
  );
  const take = (chosen: readonly Candidate[]): void => {
    if (chosen.length > 0) groups.push([...chosen]);
    left = left.filter((candidate) => !chosen.includes(candidate));
  };
  const takeBy = (size: number): void => {
    while (left.length > 0) take(left.slice(0, Math.max(1, size)));
  };
  for (const rule of rules) {
    switch (rule.kind) {
      case 'select':
        problems.push(...selectProblems(rule, candidates, left));
        take(left.filter((candidate) => rule.selectors.some((selector) => isChosen(selector, candidate))));
        break;
      case 'count':
        take(left.slice(0, rule.count));
        break;
      case 'share':
        take(left.slice(0, shareOf(candidates, rule.share)));
        break;
      case 'rest':
        take(left);
        break;
      case 'rest-by-count':
        takeBy(rule.count);
        break;
      case 'rest-by-share':
        takeBy(shareOf(candidates, rule.share));
        break;
      default:
        assertNever(rule);
    }
  }
  if (left.length > 0) {
    const names = left.map((candidate) => candidate.name).join(', ');
    problems.push(
      problem(
        'batches-leave-out',
        `no line of \`batches\` takes ${names}`,
        'Add a last line `rest`, or exclude them with `exclude-namespaces`.',
      ),
    );
  }
  if (problems.length > 0) return { kind: 'problems', problems };
  return {
    kind: 'ok',
    value: groups.map((group, index) => ({ number: index + 1, namespaces: group.map(withoutLabels) })),
  };
}

function selectProblems(
  rule: Extract<BatchRule, { kind: 'select' }>,
  all: readonly Candidate[],
  left: readonly Candidate[],
): Finding[] {
  const found: Finding[] = [];
  for (const selector of rule.selectors) {
    const text = selectorText(selector);
    const chosen = all.filter((candidate) => isChosen(selector, candidate));
    if (chosen.length === 0) {
      found.push(
        problem(
          'batches-unknown',
          `\`batches\` names ${text}, and no namespace in scope is called so`,
          'Correct the name, or see in the plan which namespaces follow the tag or the source.',
        ),
      );
    } else if (
      selector.kind === 'glob' &&
      !/[*?]/.test(selector.pattern) &&
      !left.some((candidate) => isChosen(selector, candidate))
    ) {
      found.push(
        problem('batches-twice', `\`batches\` names ${text} twice`, 'Let each namespace stand in one line only.'),
      );
    }
  }
  return found;
}

/** Rounded up, but not for what floating point adds: 0.07 × 100 is 7.000000000000001. */
const shareOf = ({ length }: readonly Candidate[], share: number): number => Math.ceil(share * length - 1e-9);

const problem = (id: string, message: string, remedy: string): Finding => ({
  id,
  severity: 'blocks',
  subject: 'input batches',
  message,
  remedy,
});
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
const withoutLabels = ({ labels: _labels, ...namespace }: Candidate): PlannedNamespace => namespace;
