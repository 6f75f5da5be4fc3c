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
import { openDiscovery } from '../../kube/discovery.ts';
import { type ObjectName, readMetadata } from '../../kube/objects.ts';
import type { Plan } from '../plan.ts';
import type { SourceRelease, Target } from '../target.ts';
import { findClaims } from './claims.ts';
import { planAdoption } from './plan.ts';

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
  let places: readonly ObjectName[] = [];
  try {
    const claims = await findClaims(plan, sources, target, openDiscovery(api));
    places = claims.flatMap((one) => one.claims.flatMap(({ place }) => place ?? []));
    return planAdoption(plan, claims, await readMetadata(api, places, concurrency));
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    throw await unseen(error, places, api);
  }
}

/** All that is missing at once, for who had no Role for it: not one kind of object after the other. */
async function unseen(
  error: ReleasesError,
  places: readonly ObjectName[],
  api: KubeApi,
): Promise<ReleasesError> {
  const verbs = ['get', 'patch'] as const;
  const needs = places.flatMap((place) => verbs.map((verb) => needFor(verb, place)));
  const missing = await missingPermissions(api, mergedNeeds(needs));
  const kinds = [...new Set(missing.map(resourceWord))].sort().join(',');
  const role = `rbac migrate2to3 --adopt-resource ${kinds}  prints a Role, with -n for each namespace`;
  return new ReleasesError('REFUSED', `${error.message}: whose it is can't be told`, {
    why: [...error.why, ...missingWords(missing), 'nothing was written'],
    hints: [
      '--no-adopt, to migrate the records without the live objects',
      ...(missing.length > 0 ? [role] : error.hints),
    ],
  });
}
