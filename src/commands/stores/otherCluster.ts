/** The cluster that records go to, where it is another one; its errors name it, and the flags that choose it. */

import type { Environment } from '../../environment.ts';
import { isReleasesError, ReleasesError, typed } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { namedCluster } from '../hints/clusterHints.ts';
import type { ClusterArgs, StorageArgs } from '../line/options.ts';
import { type ArchiveUse, openStores, type Stores } from './connections.ts';

interface OtherClusterArgs extends StorageArgs {
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
}

/**
 * @param args the flags for this cluster, as for the first one
 * @returns the error with its place; one that isn't about reaching or entering the cluster, with its flags alone
 */
export function inOtherCluster(error: unknown, args: ClusterArgs): unknown {
  // What has a class of its own means more to those who catch it.
  if (!isReleasesError(error) || error.constructor !== ReleasesError) return error;
  const { code, message, why, hints } = error.about({ ...namedCluster(args), isOther: true });
  const known = ['UNREACHABLE', 'FORBIDDEN', 'UNAUTHORIZED', 'KUBECONFIG', 'NO_CLUSTER'];
  const { context, kubeconfig } = args;
  const name = context ? `context ${typed(context, 80)}` : typed(kubeconfig ?? '', 500);
  const which = known.includes(code) ? [`this is the cluster that records go to: ${name}`] : [];
  return new ReleasesError(code, message, { why: [...why, ...which], hints });
}

/** An API whose errors say that they are this cluster's. */
export function otherApi(api: KubeApi, args: ClusterArgs): KubeApi {
  return {
    ...api,
    async call(call) {
      try {
        return await api.call(call);
      } catch (error) {
        throw inOtherCluster(error, args);
      }
    },
  };
}

/**
 * The flags for the other cluster. It has credentials and a CA of its own: of what was given for the
 * first one, by flags or by helm, only the kubeconfig may hold for it too.
 * @param connection to the database that records go to, where it is another one
 * @returns undefined where both ends are in one cluster
 */
export function otherCluster(
  args: OtherClusterArgs,
  env: Environment,
  connection?: string,
): { readonly args: StorageArgs; readonly env: Environment } | undefined {
  const context = args['to-context'] || undefined;
  const kubeconfig = args['to-kubeconfig'] || undefined;
  if (!context && !kubeconfig) return undefined;
  const plain = Object.entries(env).filter(
    ([name]) => !/^HELM_(KUBE|NAMESPACE$)/.test(name) && !(kubeconfig && name === 'KUBECONFIG'),
  );
  return {
    args: {
      kubeconfig: kubeconfig ?? args.kubeconfig,
      context,
      'request-timeout': args['request-timeout'],
      'release-storage-sql-connection': connection ?? args['release-storage-sql-connection'],
      'release-storage-sql-connection-env':
        connection === undefined ? args['release-storage-sql-connection-env'] : undefined,
    },
    env: Object.fromEntries(plain),
  };
}

export function otherStores(
  { args, env }: { readonly args: StorageArgs; readonly env: Environment },
  through: (api: KubeApi) => KubeApi = (api) => api,
  use: ArchiveUse,
): Stores {
  return openStores(args, env, (api) => otherApi(through(api), args), use);
}
