import { describe, expect, it } from 'vitest';
import { machineContext } from '../../../src/adapters/system/context.ts';

const MACHINE = { env: {}, user: 'ada', host: 'laptop', nonce: 'abcd' };

describe('the context outside GitHub', () => {
  it('is user and host on a laptop', () => {
    expect(machineContext(MACHINE)).toEqual({
      actor: 'ada@laptop',
      url: '',
      attempt: 1,
      job: '',
      runPrefix: 'ada@laptop abcd',
      holder: 'ada@laptop abcd',
      requestedBy: 'ada@laptop',
    });
  });

  it.each([
    {
      env: { CI_JOB_URL: 'https://gitlab/1', GITLAB_USER_LOGIN: 'grace', CI_JOB_NAME: 'mesh' },
      ci: 'GitLab',
      actor: 'grace',
      url: 'https://gitlab/1',
      job: 'mesh',
    },
    {
      env: { BUILDKITE_BUILD_URL: 'https://bk/1', BUILDKITE_BUILD_CREATOR: 'grace' },
      ci: 'Buildkite',
      actor: 'grace',
      url: 'https://bk/1',
      job: '',
    },
    {
      env: { BUILD_URL: 'https://jenkins/1', JOB_NAME: 'mesh' },
      ci: 'Jenkins without its user plugin',
      actor: 'ada@laptop',
      url: 'https://jenkins/1',
      job: 'mesh',
    },
    { env: { CI_JOB_URL: '' }, ci: 'an empty variable', actor: 'ada@laptop', url: '', job: '' },
  ])("is the CI's own under $ci", ({ env, actor, url, job }) => {
    expect(machineContext({ ...MACHINE, env })).toMatchObject({ actor, url, job });
  });
});
