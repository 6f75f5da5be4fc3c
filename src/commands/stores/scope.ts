/**
 * Which namespaces' releases a command means, where it reads or changes Helm 3's and 4's: the context's own, -n,
 * or all of them with -A. The one rule, in words: docs/scope.md.
 */

import type { Environment } from '../../environment.ts';
import { isReleasesError, printable, ReleasesError } from '../../errors.ts';
import { readSources } from '../../inspect/sources.ts';
import type { Kube } from '../../kube/kube.ts';
import { countOf } from '../../output/plans/plan.ts';
import type { IO } from '../../output/terminal/io.ts';
import { namesOf, type RecordMeta } from '../../record.ts';
import { shellQuote } from '../../shellQuote.ts';
import { type Address, isNamespaced } from '../../storage/address.ts';
import type { Storage } from '../../storage/storage.ts';
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
  readonly helm2: boolean;
}

/** Folders, archives and pipes have no context; an address with a namespace is the whole place. */
export function takesContext({ addresses, helm2 }: Looking): boolean {
  if (helm2) return false;
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
  const hasPlaces = looking.addresses.length === 0 || looking.addresses.some(isNamespaced);
  const all = hasPlaces ? everywhere : wholePlace;
  if (args['all-namespaces']) return all;
  if (args.namespace) return named(args.namespace, false);
  const takes = takesContext(looking);
  if (!takes && !(await isHelms(args, env, looking))) return looking.helm2 ? all : wholePlace;
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

/** What a command that takes more than single names is about to take. */
export interface Taking {
  /** Whether -l and the like mean this record. */
  readonly isMeant: (record: RecordMeta) => boolean;
  /** The flag with the address of the one namespace, for helm, which keeps -n to itself: `--from secret:pay`. */
  readonly placeFlag: string;
}

/**
 * `--all` once was all of all namespaces. Until 1.0, nobody's nightly backup shrinks in silence.
 * @param stores where the context's own namespace is read: all that a look at the others takes
 * @throws ReleasesError USAGE where other namespaces have releases, or can't be looked at
 */
export async function checkScopeSaid(
  { namespace: own, unsaid }: Scope,
  stores: readonly Storage[],
  { isMeant, placeFlag }: Taking,
  { env }: Pick<IO, 'env'>,
): Promise<void> {
  if (own === undefined || !unsaid) return;
  const name = printable(own, 63);
  const others = await othersOf(own, stores, isMeant);
  if (others !== 'unseen' && others.releases === 0) return;
  const more =
    others === 'unseen'
      ? "whether other namespaces have releases can't be seen: there is no permission to list them"
      : `-A takes ${countOf(others.releases, 'release')} more, of ${namespacesText(others.namespaces)}`;
  const isPlugin = env.HELM_PLUGIN_NAME !== undefined;
  const one = isPlugin ? placeFlag : `-n ${shellQuote(own)}`;
  throw new ReleasesError('USAGE', `which namespaces: ${name} alone, or all of them?`, {
    why: [
      isPlugin
        ? `helm called this with the context's own namespace, ${name}`
        : `neither -n nor -A was given, and ${name} is the context's own namespace`,
      more,
    ],
    hints: [`${one}  takes the releases of this namespace`, '-A  takes those of all namespaces'],
  });
}

/** More names than this make no line that anybody reads. */
const mostNamed = 5;

function namespacesText(names: ReadonlySet<string>): string {
  const sorted = [...names].sort().map((name) => printable(name, 63));
  const more = sorted.length - mostNamed;
  const shown = sorted.slice(0, mostNamed).join(', ');
  const are = sorted.length === 1 ? 'namespace' : 'namespaces';
  return `${are} ${shown}${more > 0 ? ` and ${more} more` : ''}`;
}

interface Others {
  readonly releases: number;
  readonly namespaces: ReadonlySet<string>;
}

async function othersOf(
  own: string,
  stores: readonly Storage[],
  isMeant: Taking['isMeant'],
): Promise<Others | 'unseen'> {
  const releases = new Set<string>();
  const namespaces = new Set<string>();
  try {
    const sources = stores.map((storage) => ({ storage, selection: {}, optional: false }));
    await readSources(sources, async ({ storage }) => {
      for await (const page of storage.listMeta({ owner: 'helm' }))
        for (const record of page) {
          if (record.namespace === own || !isMeant(record)) continue;
          namespaces.add(record.namespace);
          for (const name of namesOf(record))
            releases.add(JSON.stringify([record.namespace, name]));
        }
    });
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return 'unseen';
    throw error;
  }
  return { releases: releases.size, namespaces };
}
