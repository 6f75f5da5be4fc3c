/** Storage namespaces: those that somebody named, and others that hold what wasn't found. */
import { type Hint, isReleasesError, printable, ReleasesError, typed } from '../errors.ts';
import { identify } from '../record.ts';
import { isLive, type Storage } from '../storage/storage.ts';
import type { ReadSource } from './sources.ts';

export interface Elsewhere {
  readonly storage: Storage;
  readonly namespace: string;
}

/**
 * Helm's own records of that name in other namespaces: one list of metadata by label for each store. None
 * where looking everywhere is forbidden.
 * @returns in alphabetical order of the namespaces
 */
export async function otherNamespaces(
  sources: readonly ReadSource[],
  name: string,
): Promise<readonly Elsewhere[]> {
  const found = await Promise.all(sources.map((source) => namespacesIn(source, name)));
  return found.flat().sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

async function namespacesIn(source: ReadSource, name: string): Promise<Elsewhere[]> {
  const { storage, selection, releaseNamespace } = source;
  const here = selection.namespace;
  // A storage namespace that somebody named says nothing about the release's.
  const own = here !== undefined && releaseNamespace === undefined && selection.owner !== 'tiller';
  if (!own || !isLive(storage)) return [];
  const namespaces = new Set<string>();
  try {
    for await (const page of storage.listMeta({ owner: 'helm', name }))
      for (const record of page) {
        const identity = identify(record);
        if (!('reason' in identity) && identity.name === name) namespaces.add(record.namespace);
      }
  } catch (error) {
    if (!isReleasesError(error)) throw error;
  }
  namespaces.delete(here);
  return [...namespaces].map((namespace) => ({ storage, namespace }));
}

/**
 * The namespace that was looked into and doesn't exist, if there is one and somebody may know.
 * @returns safe to print
 */
export async function missingNamespace(
  sources: readonly ReadSource[],
): Promise<string | undefined> {
  const helms = sources.find(
    ({ storage, selection }) => storage.capabilities.inCluster && selection.owner !== 'tiller',
  );
  const namespace = helms?.selection.namespace;
  if (!helms || namespace === undefined) return undefined;
  try {
    const why = await helms.storage.closedNamespace?.(namespace);
    return why === 'does not exist' ? printable(namespace, 63) : undefined;
  } catch (error) {
    if (isReleasesError(error)) return undefined;
    throw error;
  }
}

/**
 * Where nothing was found, a namespace that somebody named may be a mistake.
 * @param isEmpty whether nothing was found in a source
 * @throws ReleasesError NOT_FOUND; not where looking at namespaces is forbidden
 */
export async function requireNamespaces(
  named: readonly string[],
  sources: readonly ReadSource[],
  isEmpty: (source: ReadSource) => boolean,
  hints: () => readonly Hint[] | Promise<readonly Hint[]>,
): Promise<void> {
  for (const namespace of named) {
    const here = sources.filter(({ selection }) => selection.namespace === namespace);
    const [first] = here;
    if (!first || !here.every(isEmpty)) continue;
    if ((await first.storage.closedNamespace?.(namespace)) === 'does not exist')
      throw new ReleasesError('NOT_FOUND', `there is no namespace ${typed(namespace, 63)}`, {
        hints: await hints(),
      });
  }
}

/** Pages of metadata that are read for a hint: some 10,000 records. */
const mostPages = 5;

/**
 * Other storage namespaces with Helm 2 records, as far as a short look tells: it's for a hint.
 * @param name only those that hold records of this release
 * @returns in alphabetical order; none where looking everywhere is forbidden
 */
export async function otherTillers(
  sources: readonly ReadSource[],
  name?: string,
): Promise<readonly string[]> {
  const looked = new Set(sources.flatMap(({ selection }) => selection.namespace ?? []));
  const stores = new Set(
    sources.flatMap(({ storage, selection }) =>
      storage.capabilities.inCluster && selection.namespace !== undefined ? [storage] : [],
    ),
  );
  const found = await Promise.all([...stores].map((storage) => tillersIn(storage, name)));
  return [...new Set(found.flat())].filter((one) => !looked.has(one)).sort();
}

async function tillersIn(storage: Storage, name: string | undefined): Promise<string[]> {
  const namespaces = new Set<string>();
  let pages = 0;
  try {
    for await (const page of storage.listMeta({ owner: 'tiller', ...(name ? { name } : {}) })) {
      for (const { namespace } of page) namespaces.add(namespace);
      pages += 1;
      if (pages === mostPages) break;
    }
  } catch (error) {
    if (!isReleasesError(error)) throw error;
  }
  return [...namespaces];
}
