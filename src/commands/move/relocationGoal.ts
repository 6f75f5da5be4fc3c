/** Where a relocation's records go, as its flags say it. */

import type { Environment } from '../../environment.ts';
import { printable, ReleasesError, typed } from '../../errors.ts';
import type { RecordKind } from '../../record.ts';
import { type Address, isNamespaced } from '../../storage/address.ts';
import { combine } from '../../storage/combine.ts';
import type { Storage } from '../../storage/storage.ts';
import type { StorageArgs } from '../line/options.ts';
import { addressOf, driverKind, kindOf, type Stores } from '../stores/connections.ts';
import { helm2Flags } from '../stores/stores.ts';

export interface EndsArgs extends StorageArgs {
  readonly 'all-namespaces'?: boolean | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly helm?: string | undefined;
  readonly 'to-context'?: string | undefined;
  readonly 'to-kubeconfig'?: string | undefined;
  readonly 'to-sql-connection'?: string | undefined;
  readonly 'to-sql-connection-env'?: string | undefined;
  readonly 'to-storage-namespace'?: string | undefined;
  readonly 'to-name'?: string | undefined;
  readonly 'to-namespace'?: string | undefined;
  readonly 'map-namespace'?: readonly string[] | undefined;
}

/** Where records go. */
export interface RelocationGoal {
  readonly storage: Storage;
  /** What a new record is; absent: what it was. */
  readonly kind: RecordKind | undefined;
  /** The one storage namespace of all records. */
  readonly namespace: string | undefined;
  /** Helm 3's and 4's records go into each release's own namespace. */
  readonly own: boolean;
  /** How a shell has the connection to a second database: `"$NEW"`; absent: there is but one. */
  readonly secondDatabase?: string;
}

/** What `--to` or werf's flags name; without either, the store that records come from. */
export async function targetOf(
  from: Address | undefined,
  args: EndsArgs,
  env: Environment,
  stores: Stores,
): Promise<RelocationGoal> {
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
async function bothKinds(stores: Stores): Promise<Pick<RelocationGoal, 'storage' | 'kind'>> {
  const both = [await stores.ofKind('Secret'), await stores.ofKind('ConfigMap')] as const;
  return { storage: combine('the cluster', both), kind: undefined };
}

/** Whether a flag says Helm 2. */
export function isHelm2(args: EndsArgs): boolean {
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
    ...(['to-sql-connection', 'to-sql-connection-env'] as const),
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
