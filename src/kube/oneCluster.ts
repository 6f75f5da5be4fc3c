/** Whether two connections lead to one cluster: contexts have other names and users, servers other addresses. */
import { isReleasesError } from '../errors.ts';
import type { KubeApi } from './api.ts';
import type { KubeObject } from './types.ts';

/** A namespace: every cluster makes one of its own, and nobody makes it again. */
export const clusterMark = 'kube-system';

/**
 * By the uid of kube-system; where that may not be read, by the server's address.
 * @throws ReleasesError when a server can't be asked
 */
export async function isOneCluster(a: KubeApi, b: KubeApi): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map(uidOf));
  if (one !== undefined && other !== undefined) return one === other;
  return isOneServer(a, b);
}

/** Whether they lead to one address; nothing is asked. */
export function isOneServer(a: Pick<KubeApi, 'server'>, b: Pick<KubeApi, 'server'>): boolean {
  return new URL(a.server).href === new URL(b.server).href;
}

async function uidOf(api: KubeApi): Promise<string | undefined> {
  try {
    const call = {
      verb: 'get',
      apiVersion: 'v1',
      resource: 'namespaces',
      name: clusterMark,
    } as const;
    const { metadata } = (await api.call(call)) as KubeObject;
    return metadata.uid;
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN') || isReleasesError(error, 'NOT_FOUND'))
      return undefined;
    throw error;
  }
}
