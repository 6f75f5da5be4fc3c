/** Where a name that wasn't found is after all, and whether the namespace is there: for an error's words. */
import { isReleasesError, printable } from '../errors.ts';
import { identify } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
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
  const own = here !== undefined && releaseNamespace === undefined && selection.owner === 'helm';
  if (!own || !storage.capabilities.inCluster) return [];
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
