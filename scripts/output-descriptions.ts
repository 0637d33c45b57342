// What does each output mean, for people? The compiler sees to it that none is without a description.
import type { OutputName } from '../src/report/outputs.ts';

export const OUTPUT_DESCRIPTIONS: Readonly<Record<OutputName, string>> = {
  ending:
    'How the command ended: `planned`, `status`, `started`, `promoted`, `completed`, `ready-to-remove`, `nothing-to-do`, `rolled-back`, `held`, `refused` or `broken`.',
  verdict: '`PASS`, `FAIL` or `HOLD`, where the gate judged.',
  'reason-code': 'Why, for machines, such as `no-traffic` or `recovered`; docs/report.md lists them.',
  reason: 'Why, in a sentence.',
  batch: 'Number of the batch that `promote` worked on, or that a verdict holds.',
  'next-batch': 'Number of the batch that is next; empty when none is.',
  batches: 'The planned batches as JSON, `[{"number", "count", "sample"}]`, at most 256.',
  moved: 'Number of namespaces that are wholly on the target.',
  total: 'Number of namespaces in the plan.',
  'plan-hash': 'Hash of the plan, to be approved and given back as the input `plan-hash`.',
  'source-revision': 'Revision upgraded from.',
  'target-revision': 'Revision upgraded to.',
  'error-rate': "Share of failed requests in the batch's inbound traffic, 0–1.",
  requests: "Number of requests in the batch's inbound traffic, each counted once.",
  unproved: 'JSON list of what had too little traffic to prove anything.',
  'resume-command':
    'The command that goes on from here; empty when nothing is left to do, everything is rolled back, or the command was refused beforehand.',
  report: 'Path of a JSON file with everything.',
};
