/**
 * What the cluster has of a release's objects: whole, as kubectl's tables, or of each its metadata. What
 * may not be read, and kinds that the server doesn't know, are answers like any other.
 */
import { isReleasesError, printable } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { KubeApi } from '../kube/api.ts';
import type { KubeMetadata } from '../kube/types.ts';
import { mapLimit } from '../parallel.ts';
import { groupOf, openDiscovery } from './discovery.ts';
import type { ManifestObject } from './manifest.ts';
import { ownershipOf } from './ownership.ts';
import { placeOf } from './place.ts';
import { getObject, type ObjectName, objectId, readMetadata } from './read.ts';
import type { Seen } from './tree.ts';

/** How many objects are asked for at the same time. */
export const parallelGets = 8;

export type Live =
  | { readonly is: 'there'; readonly place: ObjectName; readonly live: JsonObject }
  | { readonly is: 'missing'; readonly place: ObjectName }
  /** Its kind isn't served. */
  | { readonly is: 'unserved' }
  | { readonly is: 'forbidden'; readonly place: ObjectName };

export type LiveObject = Live & { readonly object: ManifestObject };

export interface LiveOptions {
  /** As a table, with the columns that kubectl prints; absent: as it is stored. */
  readonly accept?: string | undefined;
  /** A kind that is gone from every server has a successor: with this it counts as not served. */
  readonly exact?: boolean;
}

/**
 * Each object of the list, in its order.
 * @param own the release's namespace
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function readLive(
  objects: readonly ManifestObject[],
  own: string,
  api: KubeApi,
  { accept, exact = false }: LiveOptions = {},
): Promise<LiveObject[]> {
  const discovery = openDiscovery(api);
  return mapLimit(objects, parallelGets, async (object) => {
    const place = await placeOf(object, own, discovery);
    const served = place && !(exact && isOtherGroup(place, object)) ? place : undefined;
    return { object, ...(served ? await readOne(api, served, accept) : { is: 'unserved' }) };
  });
}

function isOtherGroup(place: ObjectName, object: ManifestObject): boolean {
  return groupOf(place.apiVersion) !== groupOf(object.apiVersion);
}

async function readOne(api: KubeApi, place: ObjectName, accept?: string): Promise<Live> {
  try {
    const found = await getObject(api, place, accept);
    if (!found) return { is: 'missing', place };
    return { is: 'there', place, live: found as unknown as JsonObject };
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return { is: 'forbidden', place };
    throw error;
  }
}

/** Why there is nothing to show of it. Safe to print. */
export function unservedNote({ apiVersion, kind }: ManifestObject): string {
  return `the server has no ${printable(`${apiVersion} ${kind}`, 120)}`;
}

export function forbiddenNote({ resource }: ObjectName): string {
  return `no permission to get ${printable(resource, 80)}`;
}

/**
 * Of each object only its metadata, in few requests: nothing that a Secret holds leaves the server.
 * @throws ReleasesError, as `KubeApi.call` does; what may not be read is `unknown` instead
 */
export async function seeObjects(
  objects: readonly ManifestObject[],
  own: string,
  api: KubeApi,
): Promise<Map<ManifestObject, Seen>> {
  const discovery = openDiscovery(api);
  const seen = new Map<ManifestObject, Seen>();
  const byResource = new Map<string, { object: ManifestObject; place: ObjectName }[]>();
  for (const object of objects) {
    const place = await placeOf(object, own, discovery);
    if (!place) {
      seen.set(object, { live: 'unserved', note: unservedNote(object) });
      continue;
    }
    const id = `${place.apiVersion}/${place.resource}`;
    byResource.set(id, [...(byResource.get(id) ?? []), { object, place }]);
  }
  await mapLimit([...byResource.values()], parallelGets, async (group) => {
    const found = await seeGroup(
      group.map(({ place }) => place),
      api,
    );
    for (const { object, place } of group) {
      const at = place.namespace === undefined ? {} : { namespace: place.namespace };
      const state: Seen = found
        ? stateOf(found.get(objectId(place)))
        : { live: 'unknown', note: forbiddenNote(place) };
      seen.set(object, { ...at, ...state });
    }
  });
  return seen;
}

/** @returns undefined where it is forbidden */
async function seeGroup(
  places: readonly ObjectName[],
  api: KubeApi,
): Promise<Map<string, KubeMetadata> | undefined> {
  try {
    return await readMetadata(api, places, parallelGets);
  } catch (error) {
    if (isReleasesError(error, 'FORBIDDEN')) return undefined;
    throw error;
  }
}

function stateOf(metadata: KubeMetadata | undefined): Seen {
  if (!metadata) return { live: 'missing' };
  const { deletionTimestamp, creationTimestamp: created } = metadata;
  const live = deletionTimestamp === undefined ? 'live' : 'being deleted';
  const since = typeof created === 'string' ? { created } : {};
  return { live, ownership: ownershipOf(metadata), ...since };
}
