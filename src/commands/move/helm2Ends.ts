/** Both ends of a move from Helm 2 to Helm 3, by the rules of `stores.ts`. */

import type { Environment } from '../../environment.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { Kube } from '../../kube/kube.ts';
import type { Placement } from '../../migrate/helm2to3/target.ts';
import type { Destination } from '../../output/plans/destination.ts';
import type { RecordKind } from '../../record.ts';
import { driverKind, isNamespaced, kindOf } from '../../storage/address.ts';
import { helm2Flags } from '../line/options.ts';
import {
  addressOf,
  type HelmNamespace,
  helmNamespace,
  openStores,
  type Stores,
} from '../stores/connections.ts';
import { disagree, inCluster } from '../stores/stores.ts';
import {
  byLabel,
  defaultTillerNamespace,
  outsideKind,
  tillerNamespaces,
  tillerSources,
} from '../stores/tillers.ts';
import { type DestinationArgs, fixedNamespace, namedDestination, ofKind } from './destination.ts';

export interface Helm2Args extends DestinationArgs {
  readonly from?: string | undefined;
}

export interface Helm2Ends {
  /** Helm 2's records, wherever they may be. */
  readonly from: readonly ReadSource[];
  /** Namespaces to read that somebody named, so that one that isn't there is an error. */
  readonly namedNamespaces: readonly string[];
  /** For records in a cluster: the releases' namespace, where helm names one. */
  readonly helmNamespace?: HelmNamespace | undefined;
  readonly to: Destination & { readonly kind: RecordKind };
  /** The one API server, for what is asked of it beside records. */
  kube(): Promise<Kube>;
  close(): void;
}

/**
 * Both ends of a move from Helm 2 to Helm 3: by default from Tiller's ConfigMaps and Secrets to what
 * HELM_DRIVER names, in each release's own namespace.
 * @throws ReleasesError as `chooseReads`
 */
export async function openHelm2Ends(
  args: Helm2Args,
  env: Environment,
  through?: (api: KubeApi) => KubeApi,
): Promise<Helm2Ends> {
  const stores = openStores(args, env, through);
  const from = await moveSources(args, env, stores);
  const isNamed = tillerNamespaces(args, env).length > 0 || args.from !== undefined;
  const namedNamespaces = isNamed ? inCluster(from) : [];
  const reached = from.some(({ storage }) => storage.capabilities.inCluster);
  const helm = reached ? await helmNamespace(args, env) : undefined;
  const { kube, close } = stores;
  const common = { from, namedNamespaces, helmNamespace: helm, kube, close };
  const named = await namedDestination(args, stores);
  const to = named ?? (await ofKind(driverKind(env), fixedNamespace(args), stores));
  return { ...common, to: { ...to, kind: to.kind ?? to.storage.kinds[0] ?? 'Secret' } };
}

async function moveSources(
  args: Helm2Args,
  env: Environment,
  stores: Stores,
): Promise<readonly ReadSource[]> {
  const named = tillerNamespaces(args, env);
  const tillers = named.length > 0 ? named : [defaultTillerNamespace];
  if (args.from === undefined) return tillerSources(args, tillers, stores, true);
  const address = await addressOf(args.from);
  // An address is the whole place; only where it leaves the namespace open may a flag name that.
  const { type, location } = address;
  const outside = outsideKind(args);
  if (outside && !(isNamespaced(address) && kindOf(type) === outside))
    throw disagree('from', args.from, 'release-storage', args);
  for (const flag of helm2Flags) {
    const values = [args[flag] ?? []].flat().filter((value) => value !== '');
    const said = flag === 'helm2-release-storage-type' ? type : location;
    if (!values.every((value) => isNamespaced(address) && value === (said ?? value)))
      throw disagree('from', args.from, flag, args);
  }
  const opened = await stores.open(address);
  const storage = byLabel(opened.storage, args);
  // An address without a location can't mean "each release's namespace": Tiller had only one.
  // And Helm 2's table in a database knows no namespaces.
  const bare = isNamespaced(address) && type !== 'sql' && opened.namespace === undefined;
  const places = bare ? tillers : [opened.namespace];
  return places.map((at) => ({
    storage,
    selection: { owner: 'tiller', ...(at ? { namespace: at } : {}) },
    optional: false,
  }));
}

export interface PlacementArgs {
  readonly 'target-release'?: string | undefined;
  readonly 'target-namespace'?: string | undefined;
}

/** What the releases are called in Helm 3, and where they go. */
export function placementOf(args: PlacementArgs, { to }: Pick<Helm2Ends, 'to'>): Placement {
  const [name, namespace] = [args['target-release'], args['target-namespace']];
  return {
    kind: to.kind,
    ...(to.namespace !== undefined && { storageNamespace: to.namespace }),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}
