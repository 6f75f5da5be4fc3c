/** Both ends of a relocation: the stores that records come from and go to, in one cluster or in two. */
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { printable, ReleasesError, typed } from '../errors.ts';
import type { ReadSource } from '../inspect/sources.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Kube } from '../kube/kube.ts';
import type { Environment } from '../output/io.ts';
import type { RecordKind } from '../record.ts';
import { type Address, isNamespaced } from '../storage/address.ts';
import { combine } from '../storage/combine.ts';
import type { Storage } from '../storage/storage.ts';
import {
  type ArchiveUse,
  addressOf,
  addressTypes,
  driverKind,
  helmNamespace,
  kindOf,
  openStores,
  type Stores,
} from './connections.ts';
import type { ClusterArgs, StorageArgs } from './options.ts';
import { originsOf } from './origins.ts';
import { inOtherCluster, otherApi } from './otherCluster.ts';
import { wantedOwner } from './stores.ts';
import { byLabel, defaultTillerNamespace, tillerNamespaces, tillerSources } from './tillers.ts';

export interface EndsArgs extends StorageArgs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly helm?: string | undefined;
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly 'to-storage-namespace'?: string | undefined;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'map-namespace'?: readonly string[] | undefined;
}

export interface RelocationEnds {
  readonly from: readonly ReadSource[];
  /** The releases' own, where -n or helm names it. */
  readonly namespace: string | undefined;
  /** Only the context's namespace is known: helm keeps its -n to itself. */
  readonly perhaps: string | undefined;
  readonly to: {
    readonly storage: Storage;
    /** What a new record is; absent: what it was. */
    readonly kind: RecordKind | undefined;
    /** The one storage namespace of all records. */
    readonly namespace: string | undefined;
    /** Helm 3's and 4's records go into each release's own namespace. */
    readonly own: boolean;
  };
  /** Where the cluster that records come from may have others, when nobody said where to read. */
  beside(): Promise<readonly ReadSource[]>;
  /** All that a cluster keeps releases in, of the one that records go to. */
  neighbours(): Promise<readonly Storage[]>;
  /** Whether one cluster holds both ends, so that releases keep their live objects. */
  readonly sameCluster: boolean;
  /** Whether records go into the folder, the file or the database that they come from. */
  readonly sameStore: boolean;
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
  args: EndsArgs,
  env: Environment,
  through?: (api: KubeApi) => KubeApi,
  archives: Omit<ArchiveUse, 'from'> = {},
): Promise<RelocationEnds> {
  let from: readonly ReadSource[] = [];
  const use: ArchiveUse = { ...archives, from: () => originsOf(from, stores.kube) };
  const stores = openStores(args, env, through, use);
  const other = otherCluster(args, env);
  const toStores = other ? otherStores(other, through, use) : stores;
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
    const helm = isNamespaced(origin) ? await helmNamespace(args, env) : undefined;
    const namespace = args.namespace || (helm?.isContexts === false ? helm.name : undefined);
    from = await sourcesOf(address, { ...args, namespace }, env, stores);
    return {
      from,
      namespace,
      perhaps: !namespace && helm ? helm.name : undefined,
      to: await targetOf(address, toArgs, env, toStores),
      beside: () => besideOf(address, { ...args, namespace }, env, stores),
      neighbours: async () => [await toStores.ofKind('Secret'), await toStores.ofKind('ConfigMap')],
      sameCluster: other === undefined,
      sameStore,
      toArgs: other?.args ?? args,
      kube: stores.kube,
      toKube: toStores.kube,
      close() {
        stores.close();
        if (other) toStores.close();
      },
    };
  } catch (error) {
    stores.close();
    if (other) toStores.close();
    throw error;
  }
}

/** @throws ReleasesError USAGE where records go into no cluster, though one is named */
function checkInCluster({ type, location = '' }: Address, args: EndsArgs): void {
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
  const [one, other] = await Promise.all([a, b].map(({ location = '' }) => realPlace(location)));
  return one === other;
}

async function realPlace(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/**
 * The flags for the other cluster. It has credentials and a CA of its own: of what was given for the
 * first one, by flags or by helm, only the kubeconfig may hold for it too.
 */
function otherCluster(
  args: EndsArgs,
  env: Environment,
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
      'release-storage-sql-connection': args['release-storage-sql-connection'],
    },
    env: Object.fromEntries(plain),
  };
}

function otherStores(
  { args, env }: { readonly args: StorageArgs; readonly env: Environment },
  through: (api: KubeApi) => KubeApi = (api) => api,
  use: ArchiveUse,
): Stores {
  return openStores(args, env, (api) => otherApi(through(api), args), use);
}

const helm2Flags = [
  'tiller-namespace',
  'helm2-release-storage-type',
  'helm2-release-storage-namespace',
] as const;

/**
 * What `--from` names, or else what helm would read; what Tiller kept where a flag says Helm 2. Under
 * -n, an address that leaves the namespace open means that one.
 */
async function sourcesOf(
  address: Address | undefined,
  args: EndsArgs,
  env: Environment,
  stores: Stores,
): Promise<readonly ReadSource[]> {
  const owner = wantedOwner(args);
  const said = helm2Flags.find((flag) => args[flag]?.length);
  if (!address && isHelm2(args)) {
    const named = tillerNamespaces(args, env);
    return tillerSources(args, named.length > 0 ? named : [defaultTillerNamespace], stores, true);
  }
  if (address && said)
    throw new ReleasesError(
      'USAGE',
      `--from ${typed(args.from ?? '', 80)} and --${said} can't both hold`,
      {
        why: ['--from says where records are; leave one of the two away'],
      },
    );
  const here = args.namespace || undefined;
  if (!address) {
    const storage = await stores.ofKind(driverKind(env));
    const selection = { owner: 'helm' as const, ...(here && { namespace: here }) };
    return [{ storage, selection, optional: false }];
  }
  const { storage, namespace } = await stores.open(address);
  const at = namespace ?? (isNamespaced(address) && owner !== 'tiller' ? here : undefined);
  const selection = { ...(owner && { owner }), ...(at && { namespace: at }) };
  return [{ storage: byLabel(storage, args), selection, optional: false }];
}

/** What `list` would read too, of the releases that helm doesn't see with the driver at hand. */
async function besideOf(
  address: Address | undefined,
  args: EndsArgs,
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

/** What `--to` or werf's flags name; without either, the store that records come from. */
async function targetOf(
  from: Address | undefined,
  args: EndsArgs,
  env: Environment,
  stores: Stores,
): Promise<RelocationEnds['to']> {
  const wanted = args['helm-release-storage-type'];
  const fixed = fixedNamespace(args);
  if (args.to === undefined && wanted) {
    const kind = kindOf(wanted);
    const storage = await stores.ofKind(kind);
    return { storage, kind, namespace: fixed, own: fixed === undefined };
  }
  const address = args.to === undefined ? from : await addressOf(args.to);
  const stays = args.to === undefined;
  checkGoal(args);
  if (!address || (stays && isNamespaced(address))) {
    // Records that lie beside their release follow it, and others stay where they are.
    const stay = { namespace: fixed, own: false };
    const type = address?.type ?? args['helm2-release-storage-type'];
    if (!type && isHelm2(args)) return { ...(await bothKinds(stores)), ...stay };
    const kind = type ? kindOf(type) : driverKind(env);
    return { storage: await stores.ofKind(kind), kind, ...stay };
  }
  const { storage, namespace } = await stores.open(address, true);
  const only = storage.kinds.length === 1 ? storage.kinds[0] : undefined;
  const kind = wanted ? kindOf(wanted) : only;
  if (kind && !storage.kinds.includes(kind))
    throw disagree(args, `--helm-release-storage-type ${wanted}`);
  if (namespace && fixed && namespace !== fixed)
    throw disagree(args, `a storage namespace ${printable(fixed, 63)}`);
  const at = fixed ?? namespace;
  return { storage, kind, namespace: at, own: isNamespaced(address) && at === undefined };
}

/** Tiller's records may be of either kind, and stay what they are. */
async function bothKinds(stores: Stores): Promise<Pick<RelocationEnds['to'], 'storage' | 'kind'>> {
  const both = [await stores.ofKind('Secret'), await stores.ofKind('ConfigMap')] as const;
  return { storage: combine('the cluster', both), kind: undefined };
}

function isHelm2(args: EndsArgs): boolean {
  return args.helm === '2' || helm2Flags.some((flag) => args[flag]?.length);
}

function disagree(args: EndsArgs, other: string): ReleasesError {
  return new ReleasesError(
    'USAGE',
    `--to ${typed(args.to ?? '', 80)} and ${other} can't both hold`,
    {
      why: ['--to says where records go; leave one of the two away'],
    },
  );
}

/** @throws ReleasesError USAGE where nothing says where to */
export function checkGoal(args: EndsArgs): void {
  if (args.to !== undefined || args['helm-release-storage-type'] || moves(args)) return;
  throw new ReleasesError('USAGE', 'where to?', {
    hints: ['--to ADDRESS, --helm-release-storage-type TYPE or --to-context CONTEXT'],
  });
}

/** Whether anything but the store is to change. */
function moves(args: EndsArgs): boolean {
  const flags = [
    ...(['to-context', 'to-kubeconfig', 'to-storage-namespace', 'to-name'] as const),
    ...(['to-namespace', 'map-namespace', 'helm-release-storage-namespace'] as const),
  ];
  return flags.some((flag) => args[flag] !== undefined);
}

function fixedNamespace(args: EndsArgs): string | undefined {
  const both = (['to-storage-namespace', 'helm-release-storage-namespace'] as const).flatMap(
    (flag) => args[flag] || [],
  );
  if (new Set(both).size > 1)
    throw new ReleasesError(
      'USAGE',
      '--to-storage-namespace and --helm-release-storage-namespace name different namespaces',
    );
  return both[0];
}
