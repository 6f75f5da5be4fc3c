/** Where requests go, and as whom: what a kubeconfig and the flags come to. */
import type { KubeCluster, KubeUser } from './kubeconfig.ts';

export interface Target {
  readonly cluster: KubeCluster;
  readonly user: KubeUser;
  readonly namespace: string;
  /** The context in use; absent inside a pod, or when flags say everything. */
  readonly context?: string;
}

/**
 * Whether the server is spoken to by TLS. Without it nothing goes there that lets somebody in
 * (client-go's `IsConfigTransportTLS`): whoever is on the way would have it.
 */
export function speaksTls(cluster: KubeCluster): boolean {
  return /^https:/i.test(cluster.server);
}
