/** Where a server has what a manifest names. */

import type { Discovery } from './discovery.ts';
import type { ManifestObject } from './manifest.ts';
import type { ObjectName } from './read.ts';
import { removedApi } from './removedApis.ts';

/**
 * Where the server has an object. A version that is gone from every server has a successor.
 * @param own the release's namespace, for objects that name none
 * @returns undefined for a kind that the server doesn't serve
 * @throws ReleasesError, as `Discovery.find` does
 */
export async function placeOf(
  object: ManifestObject,
  own: string,
  discovery: Discovery,
): Promise<ObjectName | undefined> {
  const { apiVersion, kind, name } = object;
  const later = removedApi(object)?.replacement;
  const served =
    (await discovery.find(apiVersion, kind)) ?? (later && (await discovery.find(later, kind)));
  if (!served) return undefined;
  return { ...served, name, ...(served.namespaced && { namespace: object.namespace ?? own }) };
}
