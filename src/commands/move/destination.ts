/** Where a change's records go, as its flags say it. */
import { printable, ReleasesError } from '../../errors.ts';
import type { Destination } from '../../output/plans/destination.ts';
import type { RecordKind } from '../../record.ts';
import { type Address, isNamespaced, kindOf } from '../../storage/address.ts';
import type { Storage } from '../../storage/storage.ts';
import { combine } from '../../storage/wrappers/combine.ts';
import type { StorageArgs } from '../line/options.ts';
import { addressOf, type Stores } from '../stores/connections.ts';
import { disagree } from '../stores/stores.ts';

export interface DestinationArgs extends StorageArgs {
  readonly to?: string | undefined;
  readonly 'to-storage-namespace'?: string | undefined;
}

const namespaceFlags = ['to-storage-namespace', 'helm-release-storage-namespace'] as const;

/**
 * What `--to` or werf's flags name.
 * @returns undefined where neither does
 * @throws ReleasesError USAGE where two of them disagree
 */
export async function namedDestination(
  args: DestinationArgs,
  stores: Stores,
): Promise<Destination | undefined> {
  if (args.to !== undefined) return destinationAt(await addressOf(args.to), args, stores);
  const type = args['helm-release-storage-type'];
  return type ? ofKind(kindOf(type), fixedNamespace(args), stores) : undefined;
}

/** The cluster's records of one kind, or a database's: each beside its release, where no namespace is given. */
export async function ofKind(
  kind: RecordKind,
  namespace: string | undefined,
  stores: Stores,
): Promise<Destination> {
  return { storage: await stores.ofKind(kind), kind, namespace, own: namespace === undefined };
}

/** @throws ReleasesError USAGE where a flag disagrees */
export async function destinationAt(
  address: Address,
  args: DestinationArgs,
  stores: Stores,
): Promise<Destination> {
  const { storage, namespace } = await stores.open(address, true);
  const type = args['helm-release-storage-type'];
  const only = storage.kinds.length === 1 ? storage.kinds[0] : undefined;
  const kind = type ? kindOf(type) : only;
  const to = args.to ?? '';
  if (kind && !storage.kinds.includes(kind))
    throw disagree('to', to, 'helm-release-storage-type', args);
  const fixed = fixedNamespace(args);
  const flag = namespaceFlags.find((one) => args[one]);
  if (flag && namespace && namespace !== fixed) throw disagree('to', to, flag, args);
  const at = fixed ?? namespace;
  return { storage, kind, namespace: at, own: isNamespaced(address) && at === undefined };
}

/** Both kinds of record that a cluster keeps: each stays what it is. */
export async function bothKinds(stores: Stores): Promise<Pick<Destination, 'storage' | 'kind'>> {
  const both = [await stores.ofKind('Secret'), await stores.ofKind('ConfigMap')] as const;
  return { storage: combine('the cluster', both), kind: undefined };
}

/** @throws ReleasesError USAGE where two flags name different ones */
export function fixedNamespace(args: DestinationArgs): string | undefined {
  const given = namespaceFlags.flatMap((flag) => args[flag] || []);
  if (new Set(given).size > 1)
    throw new ReleasesError(
      'USAGE',
      `${namespaceFlags.map((flag) => `--${flag}`).join(' and ')} name different namespaces`,
    );
  return given[0];
}

interface AdoptArgs {
  readonly adopt?: boolean | undefined;
  readonly 'no-adopt'?: boolean | undefined;
}

/**
 * @param beside whether there are live objects beside the records
 * @returns what the flags say of them; undefined: nothing
 * @throws ReleasesError USAGE
 */
export function adoptionWanted(
  args: AdoptArgs,
  { address }: Storage,
  beside: boolean,
): boolean | undefined {
  if (args.adopt && args['no-adopt'])
    throw new ReleasesError('USAGE', 'either --adopt or --no-adopt, not both');
  if (args.adopt && !beside)
    throw new ReleasesError('USAGE', '--adopt needs a target in the cluster, where objects live', {
      why: [`records go to ${printable(address, 200)}`],
    });
  return args.adopt ? true : args['no-adopt'] || args.adopt === false ? false : undefined;
}
