/** Where Tiller kept its records, by the flags of Helm 2, helm-2to3 and werf, and how they are told. */

import type { Environment } from '../../environment.ts';
import { ReleasesError, typed } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import type { RecordKind } from '../../record.ts';
import { kindOf } from '../../storage/address.ts';
import { isPositive, parseSelector } from '../../storage/labels.ts';
import type { Storage } from '../../storage/storage.ts';
import { withTillerLabels } from '../../storage/wrappers/withTillerLabels.ts';
import type { StorageArgs } from '../line/options.ts';
import type { Stores } from './connections.ts';

/** Where Tiller lives unless somebody says otherwise. */
export const defaultTillerNamespace = 'kube-system';

/**
 * Tiller wrote ConfigMaps by default and Secrets when told to; an option names one of them.
 * @param namespaces none: all of them
 * @param required absent permission is an error, not a note
 */
export async function tillerSources(
  args: StorageArgs,
  namespaces: readonly string[],
  stores: Stores,
  required: boolean,
): Promise<readonly ReadSource[]> {
  const kinds = tillerKinds(args);
  const storages: Storage[] = [];
  for (const kind of kinds) storages.push(byLabel(await stores.ofKind(kind), args));
  // Helm 2's table in a database knows no namespaces.
  const places = namespaces.length > 0 && !kinds.includes('SQL') ? namespaces : [undefined];
  return places.flatMap((namespace) =>
    storages.map((storage, i) => ({
      storage,
      selection: { owner: 'tiller', ...(namespace ? { namespace } : {}) },
      optional: !required || i > 0,
    })),
  );
}

/** The namespaces that flags name, each once; else the one that the environment names; else none. */
export function tillerNamespaces(args: StorageArgs, env: Environment): readonly string[] {
  const byFlag = tillerFlags(args);
  return byFlag.length > 0 ? byFlag : env.TILLER_NAMESPACE ? [env.TILLER_NAMESPACE] : [];
}

export function tillerFlags(args: StorageArgs): readonly string[] {
  const given = (all: readonly string[] = []) => [...new Set(all.filter((one) => one !== ''))];
  const storage = given(args['helm2-release-storage-namespace']);
  return storage.length > 0 ? storage : given(args['tiller-namespace']);
}

/**
 * helm-2to3 asks a running Tiller what it keeps records in, unless --tiller-out-cluster says that there
 * is none; then --release-storage says it, or Secrets it is. Here no Tiller is ever asked, so that
 * without the flag both kinds are read.
 */
function tillerKinds(args: StorageArgs): readonly RecordKind[] {
  const type = args['helm2-release-storage-type'];
  const outside = outsideKind(args);
  if (type && outside && kindOf(type) !== outside)
    throw new ReleasesError(
      'USAGE',
      `--release-storage ${args['release-storage']} and --helm2-release-storage-type ${type} can't both hold`,
    );
  if (type) return [kindOf(type)];
  if (args['tiller-out-cluster']) return [outside ?? 'Secret'];
  return ['ConfigMap', 'Secret'];
}

/** What --release-storage names, where it counts. */
export function outsideKind(args: StorageArgs): RecordKind | undefined {
  if (!args['tiller-out-cluster'] || !args['release-storage']) return undefined;
  return args['release-storage'] === 'configmaps' ? 'ConfigMap' : 'Secret';
}

/**
 * The store with Helm 2's records told by --tiller-label.
 * @throws ReleasesError USAGE
 */
export function byLabel(storage: Storage, args: StorageArgs): Storage {
  const text = args['tiller-label'];
  if (!text || text === 'OWNER=TILLER') return storage;
  const labels = parseSelector(text);
  if (isPositive(labels)) return withTillerLabels(storage, labels);
  throw new ReleasesError(
    'USAGE',
    `--tiller-label "${typed(text, 120)}" says only what records don't have`,
    { hints: ['say what they have too, for example: OWNER=TILLER,STATUS!=DELETED'] },
  );
}
