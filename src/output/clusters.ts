/** Which cluster it is, so that nobody mistakes one for another. */
import type { Kube } from '../kube/kube.ts';
import type { ClusterName } from '../migrate/plan.ts';

export function clusterNameOf({ context, api }: Pick<Kube, 'context' | 'api'>): ClusterName {
  return { ...(context !== undefined && { context }), server: api.server };
}

/** `context prod, https://10.0.0.1:6443` */
export function clusterText({ context, server }: ClusterName): string {
  return context === undefined ? server : `context ${context}, ${server}`;
}

/** `context prod`, or the server where a kubeconfig has none. */
export function shortClusterText({ context, server }: ClusterName): string {
  return context === undefined ? server : `context ${context}`;
}
