import { describe, expect, it } from 'vitest';
import { closingLines, findingLine, openingLines } from '../../src/report/console.ts';
import { aJournal, aPlan } from '../builders/plan.ts';
import { aBasis, aRun, heldEnding, plannedEnding, refusedEnding } from './endings.ts';

describe('the first lines', () => {
  it('name cluster, identity, actor and Prometheus', () => {
    expect(openingLines(aRun())).toEqual([
      'istio-canary-upgrade 0.1.0: upgrade',
      'cluster: https://k8s.example.com, context prod-eu, Kubernetes v1.34.1',
      'identity: deployer',
      'actor: octocat (https://github.com/o/r/actions/runs/1, attempt 2, job upgrade)',
      'Prometheus: https://prometheus.example.com',
    ]);
  });

  it('leave out what is not known, and say when there is no Prometheus', () => {
    const { cluster: _cluster, prometheus: _prometheus, ...run } = aRun({ url: '', actor: 'me@laptop' });
    expect(openingLines(run)).toEqual([
      'istio-canary-upgrade 0.1.0: upgrade',
      'actor: me@laptop',
      'Prometheus: none given',
    ]);
  });
});

describe('the last lines', () => {
  it('begin with the ending, then say what to do, then where things are', () => {
    expect(closingLines(aBasis(heldEnding()))).toEqual([
      'HELD (error-rate), red: batch 2 is held: FAIL (error-rate), payments: 37 of 1,204 requests failed',
      'Users are affected: 37 of 2,204 requests failed (1.7 %) until 12:05:00Z.',
      'what to do: Look into it, then run `promote` again. Doing nothing is safe: both control planes run.',
      'goes on with: promote --batch 2',
      'state:',
      '  upgrade: 1-31 → 1-32, strategy tag, plan 0123456789ab',
      '  moved: 2 of 4 namespaces on 1-32',
      '  tag default: → 1-32',
      '  gateways: 1 of 1 on 1-32',
      '  source istiod: 1-31: 2 available',
      '  pods: 12 on 1-32, 4 on 1-31',
      '  steps: install done, pin done, tag done, gateways done, soak pending, complete pending',
      '  batches: 1 passed, 2 failed, 3 open',
      'not moved, or not put back:',
      '  Deployment orders/batcher: is paused, so a restart does nothing',
    ]);
  });

  it('leave pinning out of the steps where nothing is pinned', () => {
    const plan = aPlan([['canary']], { strategy: 'relabel' });
    expect(closingLines(aBasis(heldEnding({ plan, journal: aJournal({ plan }) })))).toContain(
      '  steps: install pending, tag pending, gateways pending, soak pending, complete pending',
    );
  });

  it('list every finding of a refusal with id, severity and remedy', () => {
    const lines = closingLines(aBasis(refusedEnding()));
    expect(lines).toContain('  blocks unknown-input, input tagg: There is no input `tagg`. Did you mean `tag`?');
    expect(lines).toContain(
      '  overridable both-injection-labels, namespace legacy: It has both injection labels. Remove one.',
    );
    expect(lines).toContain('state: not read');
  });

  it.each([
    ['there is no file ca.pem', 'there is no file ca.pem. Check the path.'],
    ['There is no file ca.pem.', 'There is no file ca.pem. Check the path.'],
    ['404; is this the API server?', '404; is this the API server? Check the path.'],
  ])('end a message before its remedy: %j', (message, told) => {
    const finding = { id: 'x', severity: 'blocks', subject: 'input a', message, remedy: 'Check the path.' } as const;
    expect(findingLine(finding)).toBe(`  blocks x, input a: ${told}`);
  });

  it('say green where the step is green', () => {
    expect(closingLines(aBasis(plannedEnding()))[0]).toMatch(/^PLANNED, green: /);
    expect(closingLines(aBasis(heldEnding({ kind: 'rolled-back' }), { command: 'rollback' }))[0]).toMatch(/, green: /);
    expect(closingLines(aBasis(heldEnding({ kind: 'rolled-back' })))[0]).toMatch(/, red: /);
  });

  it('stay short however much is left over', () => {
    const { state } = heldEnding();
    const leftOver = Array.from({ length: 500 }, (_, index) => `pod ${String(index)}`);
    const lines = closingLines(aBasis(heldEnding(state === undefined ? {} : { state: { ...state, leftOver } })));
    expect(lines.length).toBeLessThan(50);
    expect(lines.at(-1)).toBe('  and 480 more, all in the report file');
  });
});
