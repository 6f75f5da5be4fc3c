/**
 * Which namespaces' releases a command means, where it reads or changes Helm 3's and 4's: the context's own, -n,
 * or all of them with -A. The one rule, in words: docs/scope.md.
 */

import type { Environment } from '../../environment.ts';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import type { Kube } from '../../kube/kube.ts';
import { type Address, isNamespaced } from '../../storage/address.ts';
import { kubeOptions, type StorageArgs } from '../line/options.ts';
import { helmNamespace } from './connections.ts';

export interface Scope {
  /** Absent: releases of all namespaces, or of a place that no context has. */
  readonly namespace: string | undefined;
  /** Nobody named it: it is the context's own, which helm hands on as well where it was given no -n. */
  readonly unsaid: boolean;
  /** `namespace pay`, or `all namespaces`; '' for a place that no context has. */
  readonly words: string;
}

export interface ScopeArgs extends StorageArgs {
  readonly 'all-namespaces'?: boolean | undefined;
}

const everywhere: Scope = { namespace: undefined, unsaid: false, words: 'all namespaces' };
const wholePlace: Scope = { ...everywhere, words: '' };

/** Where a command looks. */
export interface Looking {
  /** The addresses that were given; none: where helm looks. */
  readonly addresses: readonly Address[];
  /** Only Helm 2's records, whose names are the whole cluster's. */
  readonly helm2?: boolean;
  /** A file is read, and the addresses are where its records go: it has no context, but helm's plugin has its own. */
  readonly file?: true;
}

/** Folders, archives and pipes have no context; an address with a namespace is the whole place. */
export function takesContext({ addresses, helm2, file }: Looking): boolean {
  if (helm2 || file) return false;
  const open = (address: Address) => isNamespaced(address) && address.location === undefined;
  return addresses.length === 0 || addresses.some(open);
}

/**
 * @returns the scope of this command line
 * @throws ReleasesError USAGE for -n beside -A; as `openKube`
 */
export async function scopeOf(args: ScopeArgs, env: Environment, looking: Looking): Promise<Scope> {
  if (args['all-namespaces'] && args.namespace)
    throw new ReleasesError('USAGE', 'either -n or -A, not both');
  const takes = takesContext(looking);
  const all = takes || looking.helm2 ? everywhere : wholePlace;
  if (args['all-namespaces']) return all;
  if (args.namespace) return named(args.namespace, false);
  if (!takes && !(await isHelms(args, env, looking))) return all;
  const isSql = looking.addresses.some(({ type }) => type === 'sql') || env.HELM_DRIVER === 'sql';
  const namespace = await contextNamespace(() => openedKube(args, env), env, isSql);
  const unsaid = takes && (!env.HELM_NAMESPACE || (await isContexts(args, env)));
  return named(namespace, unsaid);
}

function named(namespace: string, unsaid: boolean): Scope {
  return { namespace, unsaid, words: `namespace ${printable(namespace, 63)}` };
}

/** helm keeps -n to itself, and hands its plugin a namespace: that counts for every place that has namespaces. */
async function isHelms(
  args: ScopeArgs,
  env: Environment,
  { addresses, helm2 }: Looking,
): Promise<boolean> {
  if (!env.HELM_PLUGIN_NAME || !env.HELM_NAMESPACE) return false;
  if (addresses.length > 0 && !addresses.some(isNamespaced)) return false;
  // Helm 2's names are the whole cluster's: nobody meant the context's own.
  return !helm2 || !(await isContexts(args, env));
}

async function isContexts(args: ScopeArgs, env: Environment): Promise<boolean> {
  return (await helmNamespace(args, env))?.isContexts ?? true;
}

async function openedKube(args: ScopeArgs, env: Environment): Promise<Kube> {
  const { openKube, readKubePipes } = await import('../../kube/kube.ts');
  await readKubePipes(kubeOptions(args), env);
  const kube = openKube(kubeOptions(args), env);
  kube.close();
  return kube;
}

/** The one that kubectl would use. A database is read where there is no cluster, too: as helm does. */
export async function contextNamespace(
  kube: () => Promise<Pick<Kube, 'namespace'>>,
  env: Environment,
  isSql: boolean,
): Promise<string> {
  if (isSql && env.HELM_NAMESPACE) return env.HELM_NAMESPACE;
  try {
    return (await kube()).namespace;
  } catch (error) {
    if (!isSql || !isReleasesError(error, 'NO_CLUSTER')) throw error;
    return 'default';
  }
}
