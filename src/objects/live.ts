/**
 * What the cluster has of a release's objects: whole, as kubectl's tables, or of each its metadata. What
 * may not be read, and kinds that the server doesn't know, are answers like any other.
 */
import { isReleasesError, printable } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { KubeApi } from '../kube/api.ts';
import type { KubeObject } from '../kube/types.ts';
import { mapLimit } from '../parallel.ts';
import { groupOf, openDiscovery } from './discovery.ts';
import { isUnderOurName } from './managers.ts';
import type { ManifestObject } from './manifest.ts';
import { ownershipOf } from './ownership.ts';
import { placeOf } from './place.ts';
import { getObject, type ObjectName, objectId, readObjects } from './read.ts';
import { readyText, tellsReady } from './ready.ts';
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
 * Of each object only its metadata, and of those that are more or less ready their status, in few requests:
 * nothing that a Secret holds leaves the server.
 * @param releases objects, and where those of them are that name no namespace
 * @throws ReleasesError, as `KubeApi.call` does; what may not be read is `unknown` instead
 */
export async function seeObjects(
  releases: readonly { readonly objects: readonly ManifestObject[]; readonly own: string }[],
  api: KubeApi,
): Promise<Map<ManifestObject, Seen>> {
  const discovery = openDiscovery(api);
  const seen = new Map<ManifestObject, Seen>();
  const byResource = new Map<string, { object: ManifestObject; place: ObjectName }[]>();
  for (const { objects, own } of releases)
    for (const object of objects) {
      const place = await placeOf(object, own, discovery);
      if (!place) {
        seen.set(object, { live: 'unserved', note: unservedNote(object) });
        continue;
      }
      const id = `${place.apiVersion}/${place.resource}`;
      const group = byResource.get(id);
      if (group) group.push({ object, place });
      else byResource.set(id, [{ object, place }]);
    }
  await mapLimit([...byResource.values()], parallelGets, async (group) => {
    const found = await seeGroup(
      group.map(({ place }) => place),
      api,
    );
    for (const { object, place } of group) {
      const at = place.namespace === undefined ? {} : { namespace: place.namespace };
      const id = objectId(place);
      const state: Seen = found.forbidden.has(place.namespace)
        ? { live: 'unknown', note: forbiddenNote(place) }
        : stateOf(place, found.objects.get(id));
      seen.set(object, { ...at, ...state });
    }
  });
  return seen;
}

interface SeenGroup {
  readonly objects: ReadonlyMap<string, KubeObject>;
  /** Namespaces in which this kind may not be looked at; undefined for what belongs to none. */
  readonly forbidden: ReadonlySet<string | undefined>;
}

/** @param places of one kind: where a namespace is forbidden, the others are still looked at */
async function seeGroup(places: readonly ObjectName[], api: KubeApi): Promise<SeenGroup> {
  const [first] = places;
  const whole = first !== undefined && tellsReady(first);
  try {
    const objects = await readObjects(api, places, parallelGets, !whole);
    return { objects, forbidden: new Set() };
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    const namespaces = [...new Set(places.map(({ namespace }) => namespace))];
    if (namespaces.length < 2) return { objects: new Map(), forbidden: new Set(namespaces) };
    const each = await mapLimit(namespaces, parallelGets, (one) =>
      seeGroup(
        places.filter(({ namespace }) => namespace === one),
        api,
      ),
    );
    return {
      objects: new Map(each.flatMap(({ objects }) => [...objects])),
      forbidden: new Set(each.flatMap(({ forbidden }) => [...forbidden])),
    };
  }
}

function stateOf(place: ObjectName, object: KubeObject | undefined): Seen {
  if (!object) return { live: 'missing' };
  const { deletionTimestamp, creationTimestamp: created, finalizers } = object.metadata;
  const live = deletionTimestamp === undefined ? 'live' : 'being deleted';
  const ready = readyText(place, object);
  return {
    ...{ live, ownership: ownershipOf(object.metadata) },
    ...(isUnderOurName(object.metadata) && { underOurName: true as const }),
    ...(live === 'being deleted' && Array.isArray(finalizers) && { finalizers }),
    ...(typeof created === 'string' ? { created } : {}),
    ...(ready === undefined ? {} : { ready }),
  };
}
