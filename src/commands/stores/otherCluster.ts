/** The cluster that records go to, where it is another one; its errors name it, and the flags that choose it. */

import type { Environment } from '../../environment.ts';
import { isReleasesError, ReleasesError, typed } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { namedIn } from '../hints/clusterHints.ts';
import { clusterFlags } from '../hints/flags.ts';
import type { ClusterArgs, StorageArgs } from '../line/options.ts';
import { type ArchiveUse, openStores, type Stores } from './connections.ts';

interface OtherClusterArgs extends StorageArgs {
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
}

/** What is said for the first cluster, and for this one, which takes all else from its kubeconfig. */
const otherWords: readonly (readonly [said: string, meant: string])[] = [
  ['--context, --server and the kubeconfig', '--to-context and --to-kubeconfig'],
  ['--context or --user', '--to-context'],
  [
    '--certificate-authority FILE, or check --context',
    "check --to-context, and its cluster's certificate-authority",
  ],
  [
    '--server with a name that the certificate has, or --tls-server-name NAME',
    'in its kubeconfig, a server that the certificate names, or tls-server-name',
  ],
  ['check --server', 'check the server in its kubeconfig'],
];

/**
 * @param args the flags for this cluster, as for the first one
 * @returns the error with its place; one that isn't about reaching or entering the cluster, with its flags alone
 */
export function inOtherCluster(error: unknown, args: ClusterArgs): unknown {
  // What has a class of its own means more to those who catch it.
  if (!isReleasesError(error) || error.constructor !== ReleasesError) return error;
  const { code, message, why, hints } = error;
  const known = ['UNREACHABLE', 'FORBIDDEN', 'UNAUTHORIZED', 'KUBECONFIG', 'NO_CLUSTER'];
  if (!known.includes(code)) {
    const named = hints.map((hint) => namedIn(hint, clusterFlags(args)));
    return new ReleasesError(code, message, { why, hints: named });
  }
  const { context, kubeconfig } = args;
  const name = context ? `context ${typed(context, 80)}` : typed(kubeconfig ?? '', 500);
  return new ReleasesError(code, message, {
    why: [...why, `this is the cluster that records go to: ${name}`],
    hints: hints.map((hint) => meant(hint, clusterFlags(args))),
  });
}

function meant(hint: string, flags: string): string {
  let text = hint;
  for (const [said, other] of otherWords) text = text.replace(said, other);
  return namedIn(text.replace(/(^|[ (])--(context|kubeconfig)\b/g, '$1--to-$2'), flags);
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
