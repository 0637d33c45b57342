// The edge of a GitHub step: inputs from `with:`, outputs, annotations, the job summary, and a report file in the
// runner's temporary directory.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as core from '@actions/core';
import { context } from '@actions/github';
import type { Deliverables, Edge } from '../../ports/edge.ts';
import { logLine } from '../../shared/log-line.ts';
import { secretKeeper } from '../../shared/redact.ts';
import { runContext } from './context.ts';
import { readInputs, suggestedInputs } from './inputs.ts';
import { githubLog } from './log.ts';
import { rememberEnding, rememberStart } from './post.ts';

/** Runs of a job's steps each have a file of their own. */
const reportPath = (nonce: string): string =>
  join(process.env['RUNNER_TEMP'] ?? process.cwd(), 'istio-canary-upgrade', `report-${nonce}.json`);

export const onGitHub = (env: Readonly<Record<string, string | undefined>>): boolean =>
  env['GITHUB_ACTIONS'] === 'true';

export function githubEdge({ names, now }: { readonly names: readonly string[]; readonly now: () => number }): Edge {
  const nonce = randomBytes(4).toString('hex');
  const secrets = secretKeeper();
  const log = githubLog({ commands: core, now, clean: secrets.clean });
  const who = runContext({ ...runner(), job: context.job, actor: context.actor }, nonce);
  rememberStart(who.holder);
  return {
    log,
    inputs: readInputs(names),
    defaults: suggestedInputs(process.env),
    context: who,
    mask: (secret) => {
      for (const form of secrets.add(secret)) core.setSecret(form);
    },
    clean: secrets.clean,
    announce: (lines) => {
      log.plain(lines);
    },
    finish: async ({ outputs, summary, report, shown, closing, failure }: Deliverables) => {
      const path = reportPath(nonce);
      if (failure !== undefined) core.setFailed(logLine(secrets.clean(failure)).slice(0, LONGEST_FAILURE));
      const problem = attempt(() => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, secrets.clean(report));
      });
      log.plain([...shown, ...closing, ...(problem === undefined ? [`report: ${path}`] : [])]);
      if (problem !== undefined) log.warning(`the report file is not written: ${problem}`);
      setOutputs({ ...outputs, report: problem === undefined ? path : '' });
      await writeSummary(secrets.clean(summary));
      rememberEnding(outputs['ending'] ?? '');
    },
  };

  /** A masked output is dropped by the runner without a word: so it is not set, and the word is ours. */
  function setOutputs(outputs: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(outputs)) {
      if (secrets.finds(value))
        core.error(
          `output ${name} is not set: it contains a credential (or text that equals one). Rename what it names, or change the credential.`,
        );
      else {
        const problem = attempt(() => {
          core.setOutput(name, value);
        });
        if (problem !== undefined) log.warning(`output ${name} is not set: ${problem}`);
      }
    }
  }

  async function writeSummary(markdown: string): Promise<void> {
    try {
      await core.summary.addRaw(markdown, true).write();
    } catch (error) {
      log.warning(`the job summary is not written: ${wordsOf(error)}`);
    }
  }
}

const LONGEST_FAILURE = 4000;

function runner(): { serverUrl: string; repository: string; runId: number; runAttempt: number } {
  return {
    serverUrl: context.serverUrl,
    repository: process.env['GITHUB_REPOSITORY'] ?? '',
    runId: context.runId,
    runAttempt: context.runAttempt,
  };
}

/** Undefined when it worked, else why not. */
function attempt(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return wordsOf(error);
  }
}
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
