/** What the cluster has of a revision's objects. */
import { isReleasesError, printable } from '../errors.ts';
import type { Live, LiveObject } from '../inspect/diff/live.ts';
import type { ManifestObject } from '../inspect/manifest.ts';
import type { KubeApi } from '../kube/api.ts';
import { openDiscovery } from '../kube/discovery.ts';
import { getObject, type ObjectName } from '../kube/objects.ts';
import { placeOf } from '../migrate/adopt/claims.ts';
import { mapLimit } from '../parallel.ts';
import type { JsonObject } from '../release.ts';

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

function unserved({ apiVersion, kind }: ManifestObject): Live {
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
