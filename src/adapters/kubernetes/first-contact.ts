// Do the kubeconfig's credentials work at all? Found at the first contact, when nothing has been read or written yet.
import type { Finding } from '../../mesh/finding.ts';
import type { ClusterPort } from '../../ports/cluster.ts';
import { lacksCredentials, NoCredentials } from '../../shared/errors.ts';
import type { Result } from '../../shared/result.ts';

type Identity = Awaited<ReturnType<ClusterPort['identity']>>;

/** Whom we talk to and as whom; a finding where the API server refuses us or the kubeconfig brings no credentials. */
export async function firstContact(cluster: Pick<ClusterPort, 'identity'>): Promise<Result<Identity, Finding>> {
  try {
    return { kind: 'ok', value: await cluster.identity() };
  } catch (error) {
    if (!lacksCredentials(error)) throw error;
    const remedy =
      error instanceof NoCredentials
        ? error.remedy
        : 'Log in to the cluster again, in a step before this one: the API server does not accept these credentials, or not any more.';
    const problem: Finding = {
      id: 'credentials-refused',
      severity: 'blocks',
      subject: 'kubeconfig',
      message: error.message,
      remedy,
    };
    return { kind: 'problems', problems: [problem] };
  }
}
