/** What the cluster has of a revision's objects. */
import { isReleasesError, printable } from '../../errors.ts';
import type { Live, LiveObject } from '../../inspect/diff/live.ts';
import type { ManifestObject } from '../../inspect/manifest.ts';
import type { Seen } from '../../inspect/tree.ts';
import type { KubeApi, KubeMetadata } from '../../kube/api.ts';
import { openDiscovery } from '../../kube/discovery.ts';
import { getObject, type ObjectName, objectId, readMetadata } from '../../kube/objects.ts';
import { placeOf } from '../../migrate/adopt/claims.ts';
import { ownershipOf } from '../../migrate/adopt/ownership.ts';
import { mapLimit } from '../../parallel.ts';
import type { JsonObject } from '../../release.ts';

/** How many objects are asked for at the same time. */
const parallelGets = 8;

/**
 * Each object of the list, whole.
 * @param own the release's namespace
 * @throws ReleasesError, as `KubeApi.call` does; what may not be read is `unknown` instead
 */
export async function readLive(
  objects: readonly ManifestObject[],
  own: string,
  api: KubeApi,
): Promise<LiveObject[]> {
  const discovery = openDiscovery(api);
  return mapLimit(objects, parallelGets, async (object) => {
    const place = await placeOf(object, own, discovery);
    return { object, live: place ? await readOne(api, place) : unserved(object) };
  });
}

function unserved({ apiVersion, kind }: ManifestObject): Live & { readonly note: string } {
  const what = printable(`${apiVersion} ${kind}`, 120);
  return { is: 'missing', note: `the server has no ${what}` };
}

async function readOne(api: KubeApi, place: ObjectName): Promise<Live> {
  try {
    const found = await getObject(api, place);
    return found ? { is: 'there', fields: found as unknown as JsonObject } : { is: 'missing' };
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    return { is: 'unknown', note: `no permission to get ${printable(place.resource, 80)}` };
  }
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
      seen.set(object, { live: 'unserved', note: unserved(object).note });
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
      seen.set(object, {
        ...at,
        ...(found ? stateOf(found.get(objectId(place))) : noAccess(place)),
      });
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

function noAccess({ resource }: ObjectName): Seen {
  return { live: 'unknown', note: `no permission to get ${printable(resource, 80)}` };
}

function stateOf(metadata: KubeMetadata | undefined): Seen {
  if (!metadata) return { live: 'missing' };
  const live = metadata.deletionTimestamp === undefined ? 'live' : 'being deleted';
  return { live, ownership: ownershipOf(metadata) };
}
