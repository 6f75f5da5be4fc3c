/** The way in: flags and environment become a connection to one API server. */

import type { Environment } from '../environment.ts';
import { type KubeApi, openApi } from './api.ts';
import { resolveTarget } from './config.ts';
import { credentialSource } from './credentials.ts';
import { type KubeOptions, parseTimeout, withHelmEnvironment } from './options.ts';
import { openTransport } from './transport.ts';

export { readKubePipes } from './kubeconfig.ts';

export interface Kube {
  /** The namespace to work in: --namespace, HELM_NAMESPACE, the context's own, or `default`. */
  readonly namespace: string;
  /** The kubeconfig's context, where one is used. */
  readonly context?: string;
  /** Who the requests are made as, as far as the configuration says it. */
  readonly userHint?: string;
  readonly api: KubeApi;
  /** Closes the idle connections, so that the program can end. */
  close(): void;
}

/**
 * Reads the configuration; connects with the first request.
 * @throws ReleasesError USAGE, KUBECONFIG, NO_CLUSTER
 */
export function openKube(options: KubeOptions, env: Environment = process.env): Kube {
  const all = withHelmEnvironment(options, env);
  const target = resolveTarget(all, env);
  const api = openApi(
    openTransport(target, parseTimeout(all.requestTimeout), env, credentialSource(target, env)),
  );
  const user = target.user.impersonateUser || target.user.name;
  return {
    namespace: target.namespace,
    ...(target.context ? { context: target.context } : {}),
    ...(user ? { userHint: user } : {}),
    api,
    close: () => api.close(),
  };
}
