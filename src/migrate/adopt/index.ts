/** Adoption, from the looking to the plan. What carries it out is `adoptObject.ts`. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import {
  mergedNeeds,
  missingPermissions,
  missingWords,
  needFor,
  resourceWord,
} from '../../kube/access.ts';
import type { KubeApi } from '../../kube/api.ts';
import type { KubeMetadata } from '../../kube/types.ts';
import { openDiscovery } from '../../objects/discovery.ts';
import { type ObjectName, readMetadata } from '../../objects/read.ts';
import type { SourceRelease, Target } from '../helm2to3/target.ts';
import type { Plan } from '../plan.ts';
import { findClaims } from './claims.ts';
import { planAdoption } from './plan.ts';

const command = 'migrate2to3';

/**
 * A plan with its adopt steps. Reads what the server serves and the objects' metadata.
 * @param concurrency how many requests at once
 * @throws ReleasesError REFUSED when the objects can't be looked at; as `KubeApi.call` does
 */
export async function withAdoptSteps(
  plan: Plan,
  sources: readonly SourceRelease[],
  target: Target,
  api: KubeApi,
  concurrency: number,
): Promise<Plan> {
  const discovery = openDiscovery(api);
  const claims = await refusing(findClaims(plan, sources, target, discovery), [], api, command);
  const places = claims.flatMap((one) => one.claims.flatMap(({ place }) => place ?? []));
  return planAdoption(plan, claims, await readObjects(api, places, concurrency, command));
}

/**
 * The metadata of live objects, by `objectId`.
 * @param command whose Role the error names
 * @throws ReleasesError REFUSED when they can't be looked at; as `KubeApi.call` does
 */
export async function readObjects(
  api: KubeApi,
  places: readonly ObjectName[],
  concurrency: number,
  command: string,
): Promise<Map<string, KubeMetadata>> {
  return refusing(readMetadata(api, places, concurrency), places, api, command);
}

async function refusing<T>(
  work: Promise<T>,
  places: readonly ObjectName[],
  api: KubeApi,
  command: string,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    throw await unseen(error, places, api, command);
  }
}

/** All that is missing at once, for who had no Role for it: not one kind of object after the other. */
async function unseen(
  error: ReleasesError,
  places: readonly ObjectName[],
  api: KubeApi,
  command: string,
): Promise<ReleasesError> {
  const verbs = ['get', 'patch'] as const;
  const needs = places.flatMap((place) => verbs.map((verb) => needFor(verb, place)));
  const missing = await missingPermissions(api, mergedNeeds(needs));
  const kinds = [...new Set(missing.map(resourceWord))].sort().join(',');
  const role = `rbac ${command} --adopt-resource ${kinds}  prints a Role, with -n for each namespace`;
  return new ReleasesError('REFUSED', `${error.message}: whose it is can't be told`, {
    why: [...error.why, ...missingWords(missing), 'nothing was written'],
    hints: [
      '--no-adopt leaves live objects as they are',
      ...(missing.length > 0 ? [role] : error.tries),
    ],
  });
}
