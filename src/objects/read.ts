/**
 * Objects of any kind, by their metadata alone wherever that is enough: what they hold, Secrets' data
 * above all, doesn't leave the server then. https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
 */

import { isReleasesError, ReleasesError } from '../errors.ts';
import type { KubeApi } from '../kube/api.ts';
import { checkServer } from '../kube/hints.ts';
import { listPages } from '../kube/pages.ts';
import type { KubeMetadata, KubeObject } from '../kube/types.ts';
import { mapLimit } from '../parallel.ts';
import { groupOf, type ServedKind } from './discovery.ts';

/** Names an object that the server can be asked for. */
export interface ObjectName extends ServedKind {
  /** Absent for what belongs to no namespace. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

const acceptMetadata =
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json';

/** Up to as many objects of a resource in a namespace are fetched one by one, without a list. */
const fewGets = 2;
/** A page of a list costs about as much as so many gets. */
const getsPerPage = 10;
/** From as many namespaces on one list of them all is tried: it costs a request for thousands. */
const manyNamespaces = 4;

/** One text per object, whichever version of its group it was named in. */
export function objectId({ apiVersion, resource, namespace = '', name }: ObjectName): string {
  return `${groupOf(apiVersion)}/${resource}/${namespace}/${name}`;
}

/**
 * @returns undefined where there is no such object
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function getMetadata(
  api: KubeApi,
  { apiVersion, resource, namespace, name }: ObjectName,
): Promise<KubeMetadata | undefined> {
  const at = { apiVersion, resource, namespace, name };
  try {
    return metadataIn(await api.call({ verb: 'get', ...at, accept: acceptMetadata }));
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * The whole object, in the version that is named.
 * @param accept another form that is wanted, as a table
 * @returns undefined where there is none
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function getObject(
  api: KubeApi,
  { apiVersion, resource, namespace, name }: ObjectName,
  accept?: string,
): Promise<KubeObject | undefined> {
  try {
    const at = { apiVersion, resource, namespace, name };
    const call = { verb: 'get', ...at, ...(accept !== undefined && { accept }) } as const;
    return (await api.call(call)) as KubeObject;
  } catch (error) {
    if (isReleasesError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * The metadata of many objects in few requests: lists where several are wanted in one place, which
 * need `list`, and single gets for the rest and wherever a list is forbidden.
 * @param concurrency how many requests at once
 * @returns what is there, by `objectId`
 * @throws ReleasesError, as `KubeApi.call` does; FORBIDDEN only where a get is
 */
export async function readMetadata(
  api: KubeApi,
  wanted: readonly ObjectName[],
  concurrency: number,
): Promise<Map<string, KubeMetadata>> {
  const found = await readObjects(api, wanted, concurrency, true);
  return new Map([...found].map(([id, { metadata }]) => [id, metadata]));
}

/**
 * The same of whole objects, or of those with their metadata alone.
 * @throws ReleasesError, as `readMetadata` does
 */
export async function readObjects(
  api: KubeApi,
  wanted: readonly ObjectName[],
  concurrency: number,
  metadataOnly = false,
): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  /** Lists each group; what that doesn't settle comes back. */
  const listed = async (groups: readonly ObjectName[][], everywhere: boolean) => {
    const rest = await mapLimit(groups, concurrency, (group) =>
      listGroup(api, group, { everywhere, metadataOnly }, found),
    );
    return rest.flat();
  };
  const byResource = grouped(wanted, ({ apiVersion, resource }) => `${apiVersion}/${resource}`);
  const [wide, narrow] = split(byResource, (group) => namespacesIn(group) >= manyNamespaces);
  const left = [...(await listed(wide, true)), ...narrow.flat()];
  const byNamespace = grouped(
    left,
    ({ apiVersion, resource, namespace }) => `${apiVersion}/${resource}/${namespace ?? ''}`,
  );
  const [several, few] = split(byNamespace, (group) => group.length > fewGets);
  const single = [...(await listed(several, false)), ...few.flat()];
  await mapLimit(single, concurrency, async (name) => {
    const object = metadataOnly
      ? await getMetadata(api, name).then((metadata) => metadata && { metadata })
      : await getObject(api, name);
    if (object) found.set(objectId(name), object);
  });
  return found;
}

/** @returns the objects that the list didn't settle: it is forbidden, or longer than it is worth */
async function listGroup(
  api: KubeApi,
  group: readonly ObjectName[],
  { everywhere, metadataOnly }: { readonly everywhere: boolean; readonly metadataOnly: boolean },
  found: Map<string, KubeObject>,
): Promise<readonly ObjectName[]> {
  const [first] = group;
  if (!first) return [];
  const missing = new Map(group.map((name) => [objectId(name), name]));
  const { apiVersion, resource } = first;
  const at = { apiVersion, resource, namespace: everywhere ? undefined : first.namespace };
  let pages = 0;
  try {
    for await (const page of listPages(api, at, { metadataOnly })) {
      for (const object of page) {
        const { name, namespace } = object.metadata;
        const id = objectId({ ...first, name, namespace });
        if (missing.delete(id)) found.set(id, object);
      }
      pages++;
      if (missing.size === 0) return [];
      if (pages * getsPerPage >= missing.size) return [...missing.values()];
    }
    return [];
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return [...missing.values()];
    // A namespace that no namespace can be called holds nothing.
    if (isReleasesError(error, 'NOT_FOUND')) return [];
    throw error;
  }
}

/**
 * Changes the fields in `metadata` and no others. Those become the manager's, and nobody's claim to another
 * field changes: an apply of an object without managed fields would give all others a `before-first-apply`.
 * @param metadata with uid and resourceVersion, so that an object that has changed, or was made anew, is
 *   refused (CONFLICT)
 * @returns the metadata that the object has now
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function mergeMetadata(
  api: KubeApi,
  { apiVersion, resource, namespace, name }: Omit<ObjectName, 'namespaced' | 'kind'>,
  metadata: Omit<KubeMetadata, 'name' | 'namespace'>,
  fieldManager: string,
): Promise<KubeMetadata> {
  const answer = await api.call({
    ...{ verb: 'patch', apiVersion, resource, namespace, name },
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    accept: acceptMetadata,
    body: { metadata },
  });
  return metadataIn(answer);
}

/**
 * Says whose an object's fields are, and changes none of them.
 * @param resourceVersion of the object that has the managed fields: another one is refused (CONFLICT), as in
 *   client-go's util/csaupgrade, because a failed `test` would be an answer like any other invalid patch's
 * @returns the metadata that the object has now
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function replaceManagedFields(
  api: KubeApi,
  { apiVersion, resource, namespace, name }: Omit<ObjectName, 'namespaced' | 'kind'>,
  resourceVersion: string,
  managedFields: readonly object[],
  fieldManager: string,
): Promise<KubeMetadata> {
  const answer = await api.call({
    ...{ verb: 'patch', apiVersion, resource, namespace, name },
    query: { fieldManager },
    contentType: 'application/json-patch+json',
    accept: acceptMetadata,
    body: [
      { op: 'replace', path: '/metadata/managedFields', value: managedFields },
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ],
  });
  return metadataIn(answer);
}

function metadataIn(answer: unknown): KubeMetadata {
  const { metadata } = (answer ?? {}) as { readonly metadata?: KubeMetadata };
  if (typeof metadata?.name === 'string' && typeof metadata.uid === 'string') return metadata;
  throw new ReleasesError('API', 'the answer of the API server is not an object', {
    hints: [checkServer()],
  });
}

function namespacesIn(group: readonly ObjectName[]): number {
  return new Set(group.flatMap(({ namespace }) => namespace ?? [])).size;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}

/** @returns those that pass, and those that don't */
function split<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
