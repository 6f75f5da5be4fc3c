/** Storage namespaces that somebody named, and those that nobody thought of. */
import { type Hint, isReleasesError, ReleasesError, typed } from '../../errors.ts';
import type { ReadSource } from '../../inspect/sources.ts';
import { shellQuote } from '../../shellQuote.ts';
import type { Storage } from '../../storage/storage.ts';

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

/** More than this make no line that anybody reads. */
const mostNamed = 10;

/**
 * Where else Tillers are, for an error's last line; none for folders, which were read whole.
 * @param others from `otherTillers`
 * @param what stands before `there`: `Helm 2 releases are`
 */
export function tillerHints(
  sources: readonly ReadSource[],
  others: readonly string[],
  what: string,
  program: string,
): readonly string[] {
  const inCluster = sources.some(
    ({ storage, selection }) => storage.capabilities.inCluster && selection.namespace !== undefined,
  );
  if (!inCluster) return [];
  if (others.length === 0)
    return [`-t NAMESPACE, where Tiller was; ${program} list -A --helm 2  shows it`];
  const flags = others.slice(0, mostNamed).map((namespace) => `-t ${shellQuote(namespace)}`);
  const more = others.length > mostNamed ? `, and in ${others.length - mostNamed} more` : '';
  return [`${flags.join(' ')}  where ${what}${more}`];
}

/** For where nothing was found at all. */
export async function anyTillers(
  sources: readonly ReadSource[],
  program: string,
): Promise<readonly string[]> {
  return tillerHints(sources, await otherTillers(sources), 'Helm 2 releases are', program);
}
