/**
 * Which API server, as whom, and in which namespace: flags over the kubeconfig's chosen context, by
 * kubectl's rules (client-go's DirectClientConfig), with the pod's own service account where there
 * is no kubeconfig.
 */

import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { Environment } from '../environment.ts';
import { printable, ReleasesError, typed } from '../errors.ts';
import { readNamedSync } from '../namedFile.ts';
import { chooses } from './hints.ts';
import {
  type KubeCluster,
  type KubeConfigData,
  type KubeUser,
  kubeconfigFiles,
  maxCredentialFile,
  readKubeconfig,
} from './kubeconfig.ts';
import type { KubeOptions } from './options.ts';
import type { Target } from './target.ts';
import { speaksTls } from './target.ts';
import { wrongForTls, wrongInCluster, wrongInUser } from './validate.ts';

/** Where Kubernetes mounts a pod's service account. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** @throws ReleasesError KUBECONFIG, NO_CLUSTER */
export function resolveTarget(
  options: KubeOptions,
  env: Environment,
  accountDir = serviceAccount,
): Target {
  const { files, required } = kubeconfigFiles(options.kubeconfig, env);
  const config = readKubeconfig(files, required);
  const empty = config.clusters.size + config.users.size + config.contexts.size === 0;
  const base = (empty ? inCluster(env, accountDir) : undefined) ?? fromContext(config, options);
  const target = {
    ...base,
    cluster: withServerFlags(base.cluster, options),
    user: withUserFlags(base.user, options),
    namespace: options.namespace || base.namespace || 'default',
  };
  if (empty && !target.cluster.server)
    throw noCluster(options.kubeconfig || env.KUBECONFIG ? files : []);
  check(target, config);
  return target;
}

function fromContext(config: KubeConfigData, options: KubeOptions): Target {
  const name = options.context || config.currentContext;
  const context = config.contexts.get(name);
  // A flag that names no context is wrong; a stale current-context too, whatever flags say beside it.
  if (name && !context) throw unknownName('context', name, config.contexts.keys());
  // A context's user may be missing where somebody says who asks, and where nobody is asked: without TLS.
  const cluster = pick(config.clusters, options.cluster || context?.cluster, 'cluster');
  const needsUser = options.user || !(options.token || (cluster && !speaksTls(cluster)));
  return {
    cluster: cluster ?? {
      name: '',
      server: '',
      skipTLSVerify: false,
    },
    user: (needsUser
      ? pick(config.users, options.user || context?.user, 'user')
      : config.users.get(context?.user ?? '')) ?? { name: '' },
    namespace: context?.namespace ?? '',
    ...(context ? { context: name } : {}),
  };
}

function pick<T>(map: ReadonlyMap<string, T>, name: string | undefined, kind: string) {
  if (!name) return undefined;
  const found = map.get(name);
  if (!found) throw unknownName(kind, name, map.keys());
  return found;
}

function unknownName(kind: string, name: string, known: Iterable<string>): ReleasesError {
  const names = [...known].sort().map((other) => printable(other, 80));
  const shown =
    names.length > 20 ? [...names.slice(0, 20), `and ${names.length - 20} more`] : names;
  return new ReleasesError('KUBECONFIG', `the ${kind} ${typed(name)} does not exist`, {
    why: [
      names.length > 0
        ? `the kubeconfig has these: ${shown.join(', ')}`
        : `the kubeconfig has no ${kind}s`,
    ],
    hints: names.length > 0 ? [chooses(kind, ' with one of these names')] : [],
  });
}

/** client-go's rule: a new trust setting replaces the old ones, a new server drops the old TLS name. */
function withServerFlags(cluster: KubeCluster, options: KubeOptions): KubeCluster {
  const { caData, caFile, tlsServerName, ...rest } = cluster;
  const trust =
    options.insecureSkipTlsVerify || options.certificateAuthority
      ? {
          skipTLSVerify: options.insecureSkipTlsVerify ?? false,
          ...(options.certificateAuthority ? { caFile: options.certificateAuthority } : {}),
        }
      : { ...(caData ? { caData } : {}), ...(caFile ? { caFile } : {}) };
  const name = options.tlsServerName || (options.server ? undefined : tlsServerName);
  return {
    ...rest,
    ...trust,
    server: (options.server || cluster.server).replace(/\/+$/, ''),
    ...(name ? { tlsServerName: name } : {}),
  };
}

function withUserFlags(user: KubeUser, options: KubeOptions): KubeUser {
  const { tokenFile, ...rest } = user;
  return {
    ...rest,
    ...(options.token ? { token: options.token } : tokenFile ? { tokenFile } : {}),
    ...(options.as ? { impersonateUser: options.as } : {}),
    ...(options.asGroup?.length ? { impersonateGroups: options.asGroup } : {}),
    ...(options.asUid ? { impersonateUid: options.asUid } : {}),
  };
}

function check(target: Target, config: KubeConfigData): void {
  const { cluster, user } = target;
  if (!cluster.server) throw noServer(config, target);
  let url: URL | undefined;
  try {
    // The URL of the web passes over blanks, and Go's doesn't.
    url = /\s/.test(cluster.server) ? undefined : new URL(withScheme(cluster.server));
  } catch {
    url = undefined;
  }
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw unusable(
      // What stands before an @ may be a password.
      `the server ${printable(cluster.server.replace(/^.*@/s, ''))} is not an http or https address`,
    );
  const wrong = [...wrongInUser(user), ...wrongInCluster(cluster), ...wrongForTls(target)];
  if (wrong.length > 0) throw unusable(...wrong);
}

/** kubectl takes a server without a scheme as http (client-go's DefaultServerURL). */
export function withScheme(server: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`;
}

/**
 * What a person sees when nothing at all says where to look.
 * @param named the files that --kubeconfig or KUBECONFIG names
 */
function noCluster(named: readonly string[]): ReleasesError {
  const why = named.map((file) =>
    existsSync(file)
      ? `the kubeconfig ${printable(file)} names no cluster`
      : `the kubeconfig ${typed(file)} does not exist`,
  );
  return new ReleasesError('NO_CLUSTER', 'no cluster and no storage given', {
    why:
      why.length > 0
        ? why.slice(0, 10)
        : ['no kubeconfig was found (KUBECONFIG, ~/.kube/config, in-cluster)'],
    hints: [
      ...(why.length > 0
        ? [chooses('kubeconfig', ' FILE, or KUBECONFIG with a file that is there')]
        : []),
      '--storage dir:./dump  to read a folder of manifests',
    ],
  });
}

function noServer(config: KubeConfigData, target: Target): ReleasesError {
  if (target.cluster.name)
    return unusable(`the cluster ${printable(target.cluster.name)} has no server`);
  const names = [...config.contexts.keys()].sort().map((name) => printable(name, 80));
  return new ReleasesError('KUBECONFIG', 'the kubeconfig has no current context', {
    why: [
      names.length > 0 ? `its contexts: ${names.slice(0, 20).join(', ')}` : 'it has no contexts',
    ],
    hints: [chooses('context', ' NAME, or once and for all: kubectl config use-context NAME')],
  });
}

function unusable(...why: readonly string[]): ReleasesError {
  return new ReleasesError('KUBECONFIG', "can't use the kubeconfig or the flags given", { why });
}

/** The pod's own service account, or undefined outside of a pod (client-go's rest.InClusterConfig). */
function inCluster(env: Environment, dir: string): Target | undefined {
  const [host, port] = [env.KUBERNETES_SERVICE_HOST, env.KUBERNETES_SERVICE_PORT];
  if (!host || !port || !existsSync(`${dir}/token`)) return undefined;
  let namespace = '';
  try {
    namespace = readNamedSync(`${dir}/namespace`, maxCredentialFile).toString('utf8').trim();
  } catch {
    // An account mounted without its namespace works in "default".
  }
  return {
    cluster: {
      name: 'in-cluster',
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      // An account mounted without it trusts the system's authorities, as in client-go.
      ...(existsSync(`${dir}/ca.crt`) ? { caFile: `${dir}/ca.crt` } : {}),
      skipTLSVerify: false,
    },
    user: { name: 'in-cluster', tokenFile: `${dir}/token` },
    namespace: env.POD_NAMESPACE || namespace,
  };
}
