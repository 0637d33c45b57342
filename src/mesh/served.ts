// Is there an istiod behind a control plane's webhooks? In the cluster its replicas say so; elsewhere nobody but the webhook does.
import type { ControlPlane } from './snapshot.ts';

type Plane = Pick<ControlPlane, 'clientConfig' | 'deployments'>;

/** An istiod outside the cluster is called by URL and has no Deployment here. */
export const isServedElsewhere = ({ clientConfig, deployments }: Plane): boolean =>
  clientConfig?.url !== undefined && deployments.length === 0;

/** A replica is available, or istiod is not ours to count. */
export const isServed = (plane: Plane): boolean =>
  isServedElsewhere(plane) || plane.deployments.some(({ available }) => available > 0);

/** What is seen where nobody is behind it: `Deployment istiod-1-31, 0 wanted`. */
export const deploymentsSeen = ({ deployments }: Pick<Plane, 'deployments'>): string =>
  deployments.map(({ name, replicas }) => `Deployment ${name}, ${replicas} wanted`).join('; ') ||
  'no Deployment with app=istiod and its label';
