// Whom do we talk to, and as whom? Names only, never a credential.
import { ApiError } from '../../shared/errors.ts';
import type { Connection } from './connection.ts';

export interface Identity {
  readonly server: string;
  readonly context: string;
  readonly user: string;
  readonly version: string;
}

interface SelfSubjectReview {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** Asks the API server; the user's name is the kubeconfig's where it will not say. */
export async function askIdentity(connection: Connection): Promise<Identity> {
  const { config } = connection;
  const server = config.getCurrentCluster()?.server ?? '';
  const context = config.getCurrentContext();
  const { gitVersion } = await connection.json<{ readonly gitVersion?: string }>({
    method: 'GET',
    path: '/version',
    what: `read the version of the API server ${server}, context ${context}`,
  });
  return {
    server,
    context,
    user: (await askUser(connection)) ?? config.getCurrentUser()?.name ?? 'unknown',
    version: gitVersion ?? 'unknown',
  };
}

/** As the API server sees us; undefined where it will not say (before Kubernetes 1.28, or not allowed). */
async function askUser(connection: Connection): Promise<string | undefined> {
  try {
    const review = await connection.json<SelfSubjectReview>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
      what: 'ask who we are',
      repeatable: true,
      mayBeUnserved: true,
    });
    return review.status?.userInfo?.username;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}
