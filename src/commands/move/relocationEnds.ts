/** Both ends of a relocation: the stores that records come from and go to, in one cluster or in two. */

import type { Environment } from '../../environment.ts';
import { isReleasesError, ReleasesError, typed } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { Kube } from '../../kube/kube.ts';
import type { Destination } from '../../output/plans/destination.ts';
import {
  type Address,
  addressTypes,
  driverKind,
  isNamespaced,
  kindOf,
} from '../../storage/address.ts';
import { relationOf } from '../../storage/files/place.ts';
import { isOneDatabase } from '../../storage/sql/oneDatabase.ts';
import { isLive, type Storage } from '../../storage/storage.ts';
import type { ClusterArgs } from '../line/options.ts';
import { helm2Flags } from '../line/options.ts';
import { type ArchiveUse, addressOf, openStores, type Stores } from '../stores/connections.ts';
import { inOtherCluster, otherCluster, otherStores } from '../stores/otherCluster.ts';
import { provenanceOf } from '../stores/provenance.ts';
import { type Scope, scopeOf } from '../stores/scope.ts';
import {
  checkDatabase,
  databaseIn,
  type NamedDatabase,
  namedDatabase,
  secondDatabase,
} from '../stores/secondDatabase.ts';
import { disagree, isHelm2, wantedOwner } from '../stores/stores.ts';
import {
  byLabel,
  defaultTillerNamespace,
  tillerNamespaces,
  tillerSources,
} from '../stores/tillers.ts';
import {
  bothKinds,
  type DestinationArgs,
  destinationAt,
  fixedNamespace,
  namedDestination,
} from './destination.ts';
import { lookingOf } from './scoped.ts';

export interface RelocationEndsArgs extends DestinationArgs {
  readonly 'all-namespaces'?: boolean | undefined;
  readonly from?: string | undefined;
  readonly helm?: string | undefined;
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly 'to-sql-connection'?: string | undefined;
  readonly 'to-sql-connection-env'?: string | undefined;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'map-namespace'?: readonly string[] | undefined;
}

export interface RelocationEnds {
  readonly from: readonly ReadSource[];
  /** Which namespaces' releases these are. */
  readonly scope: Scope;
  readonly to: Destination;
  /** Where the cluster that records come from may have others, when nobody said where to read. */
  beside(): Promise<readonly ReadSource[]>;
  /** All that a cluster keeps releases in, of the one that records go to. */
  neighbours(): Promise<readonly Storage[]>;
  /** Whether no other cluster was named: both ends are reached as one user. */
  readonly oneContext: boolean;
  /** Whether one cluster holds both ends, so that releases keep their live objects. */
  isSameCluster(): Promise<boolean>;
  /** Whether records go into the folder, the file or the database that they come from. */
  isSameStore(): Promise<boolean>;
  /** How lines to try next name the databases, where an end is one. */
  readonly databases: { readonly from: NamedDatabase; readonly to: NamedDatabase };
  /** The flags that choose the cluster that records go to. */
  readonly toArgs: ClusterArgs;
  /** The cluster that records come from. */
  kube(): Promise<Kube>;
  /** The cluster that records go to. */
  toKube(): Promise<Kube>;
  close(): void;
}

/**
 * @param through what every request goes through, such as `dryRunApi`
 * @param archives how those that are read are opened, and a new one is made
 * @throws ReleasesError USAGE, NO_CLUSTER, KUBECONFIG, NOT_FOUND, FILE
 */
export async function openRelocationEnds(
  args: RelocationEndsArgs,
  env: Environment,
  through?: (api: KubeApi) => KubeApi,
  archives: Omit<ArchiveUse, 'from'> = {},
): Promise<RelocationEnds> {
  let from: readonly ReadSource[] = [];
  const use: ArchiveUse = { ...archives, from: () => provenanceOf(from, stores.kube) };
  const stores = openStores(args, env, through, use);
  const second = secondDatabase(args, env);
  const { connection } = second ?? {};
  const other = otherCluster(args, env, connection);
  const database = namedDatabase(args, env);
  const apart = {
    ...{ ...args, 'release-storage-sql-connection': connection },
    'release-storage-sql-connection-env': undefined,
  };
  const toStores = other
    ? otherStores(other, through, use)
    : second
      ? openStores(apart, env, through, use)
      : stores;
  const close = () => {
    stores.close();
    if (toStores !== stores) toStores.close();
  };
  try {
    // Its kubeconfig is read before anything of the first cluster is.
    if (other)
      await toStores.kube().catch((error: unknown) => {
        throw inOtherCluster(error, other.args);
      });
    const address = args.from === undefined ? undefined : await addressOf(args.from);
    const origin = address ?? { type: addressTypes[driverKind(env)] };
    const goal = args.to === undefined ? origin : await addressOf(args.to);
    if (other) checkInCluster(goal, args);
    const sameStore = await isOne(origin, goal);
    // Opened by one path, what lies there already is found there.
    const isNamed = args.to !== undefined && origin.type !== 'sql';
    const toArgs = sameStore && isNamed ? { ...args, to: args.from } : args;
    const scope = await scopeOf(args, env, await lookingOf('relocate', args));
    const { namespace } = scope;
    from = await sourcesOf(address, { ...args, namespace }, env, stores);
    const to = await destinationOf(address, toArgs, env, toStores);
    checkDatabase(to.storage, second);
    const [first] = from;
    const between = [...from.map(({ storage }) => storage), to.storage];
    let same: Promise<boolean> | undefined;
    const isSameCluster = (): Promise<boolean> => {
      same ??= other ? inOneCluster(between, stores, toStores) : Promise.resolve(true);
      return same;
    };
    return {
      from,
      scope,
      to: { ...to, database: database.shell, ...(second && { secondDatabase: second.shell }) },
      beside: () => besideOf(address, { ...args, namespace }, env, stores),
      neighbours: async () => [await toStores.ofKind('Secret'), await toStores.ofKind('ConfigMap')],
      oneContext: other === undefined,
      isSameCluster,
      isSameStore: async () =>
        sameStore && second && first ? isOneDatabase(first.storage, to.storage) : sameStore,
      databases: { from: database, to: second ? databaseIn(second.variable) : database },
      toArgs: other?.args ?? args,
      kube: stores.kube,
      toKube: toStores.kube,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** What `--to` or werf's flags name; without either, the store that records come from. */
async function destinationOf(
  from: Address | undefined,
  args: RelocationEndsArgs,
  env: Environment,
  stores: Stores,
): Promise<Destination> {
  const named = await namedDestination(args, stores);
  if (named) return named;
  checkGoal(args);
  if (from && !isNamespaced(from)) return destinationAt(from, args, stores);
  // Records that lie beside their release follow it, and others stay where they are.
  const stay = { namespace: fixedNamespace(args), own: false };
  const type = from?.type ?? args['helm2-release-storage-type'];
  if (!type && isHelm2(args)) return { ...(await bothKinds(stores)), ...stay };
  const kind = type ? kindOf(type) : driverKind(env);
  return { storage: await stores.ofKind(kind), kind, ...stay };
}

/** @throws ReleasesError USAGE where nothing says where to */
export function checkGoal(args: RelocationEndsArgs): void {
  if (args.to !== undefined || args['helm-release-storage-type'] || moves(args)) return;
  throw new ReleasesError('USAGE', 'where to?', {
    hints: ['--to ADDRESS, --helm-release-storage-type TYPE or --to-context CONTEXT'],
  });
}

/** Whether anything but the store is to change. */
function moves(args: RelocationEndsArgs): boolean {
  const flags = [
    ...(['to-context', 'to-kubeconfig', 'to-storage-namespace', 'to-name'] as const),
    ...(['to-namespace', 'map-namespace', 'helm-release-storage-namespace'] as const),
    ...(['to-sql-connection', 'to-sql-connection-env'] as const),
  ];
  return flags.some((flag) => args[flag] !== undefined);
}

/**
 * A database's releases live in the cluster of its context, which may be gone when they are moved: that one
 * is asked nothing.
 */
async function inOneCluster(
  between: readonly Storage[],
  from: Stores,
  to: Stores,
): Promise<boolean> {
  const areIn = between.every(({ capabilities }) => capabilities.inCluster);
  if (!between.every(isLive)) return false;
  const { isOneCluster, isOneServer } = await import('../../kube/oneCluster.ts');
  const { api } = await to.kube();
  if (areIn) return isOneCluster((await from.kube()).api, api);
  try {
    return isOneServer((await from.kube()).api, api);
  } catch (error) {
    if (!isReleasesError(error)) throw error;
    return false;
  }
}

/** @throws ReleasesError USAGE where records go into no cluster, though one is named */
function checkInCluster({ type, location = '' }: Address, args: RelocationEndsArgs): void {
  if (type !== 'dir' && type !== 'file') return;
  const flag = args['to-context'] ? '--to-context' : '--to-kubeconfig';
  const message = `${flag} names a cluster, and records would go to ${typed(`${type}:${location}`, 500)}`;
  throw new ReleasesError('USAGE', message, {
    hints: args.to
      ? [`leave ${flag} away`]
      : ["--to secret, for each release's own namespace there"],
  });
}

/** Objects in a cluster have uids to tell by; files and databases have not. */
async function isOne(a: Address, b: Address): Promise<boolean> {
  if (a.type !== b.type) return false;
  if (a.type === 'sql') return true;
  if (a.type !== 'dir' && a.type !== 'file') return false;
  return (await relationOf(a.location ?? '', b.location ?? '')) === 'same';
}

/**
 * What `--from` names, or else what helm would read; what Tiller kept where a flag says Helm 2. Under
 * -n, an address that leaves the namespace open means that one.
 */
async function sourcesOf(
  address: Address | undefined,
  args: RelocationEndsArgs,
  env: Environment,
  stores: Stores,
): Promise<readonly ReadSource[]> {
  const owner = wantedOwner(args);
  const said = helm2Flags.find((flag) => args[flag]?.length);
  if (!address && isHelm2(args)) {
    const named = tillerNamespaces(args, env);
    return tillerSources(args, named.length > 0 ? named : [defaultTillerNamespace], stores, true);
  }
  if (address && said) throw disagree('from', args.from ?? '', said, args);
  const here = args.namespace || undefined;
  if (!address) {
    const storage = await stores.ofKind(driverKind(env));
    const selection = { owner: 'helm' as const, ...(here && { namespace: here }) };
    return [{ storage, selection, optional: false, atHome: true }];
  }
  const { storage, namespace } = await stores.open(address);
  const at = namespace ?? (isNamespaced(address) && owner !== 'tiller' ? here : undefined);
  const selection = { ...(owner && { owner }), ...(at && { namespace: at }) };
  const atHome = isNamespaced(address) && namespace === undefined;
  return [{ storage: byLabel(storage, args), selection, optional: false, atHome }];
}

/** What `list` would read too, of the releases that helm doesn't see with the driver at hand. */
async function besideOf(
  address: Address | undefined,
  args: RelocationEndsArgs,
  env: Environment,
  stores: Stores,
): Promise<readonly ReadSource[]> {
  if (address || isHelm2(args)) return [];
  const kinds = (['Secret', 'ConfigMap'] as const).filter((kind) => kind !== driverKind(env));
  const at = args.namespace ? { namespace: args.namespace } : {};
  const others = kinds.map(async (kind) => ({
    ...{ storage: await stores.ofKind(kind), optional: true },
    selection: { owner: 'helm' as const, ...at },
  }));
  // Tiller's records are of any namespace, and only their content says of which.
  const any = args.helm === undefined && !args.namespace;
  const tillers = any ? await tillerSources(args, [defaultTillerNamespace], stores, false) : [];
  return [...(await Promise.all(others)), ...tillers];
}
