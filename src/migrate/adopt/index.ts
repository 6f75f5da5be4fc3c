/** Adoption, from the looking to the plan. What carries it out is `adoptObject.ts`. */
import { isReleasesError, ReleasesError } from '../../errors.ts';
import type { KubeApi } from '../../kube/api.ts';
import { openDiscovery } from '../../kube/discovery.ts';
import { readMetadata } from '../../kube/objects.ts';
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
  const claims = await findClaims(plan, sources, target, openDiscovery(api));
  const places = claims.flatMap((one) => one.claims.flatMap(({ place }) => place ?? []));
  if (places.length === 0) return planAdoption(plan, claims, new Map());
  try {
    return planAdoption(plan, claims, await readMetadata(api, places, concurrency));
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    throw new ReleasesError('REFUSED', `${error.message}: whose it is can't be told`, {
      why: [...error.why, 'nothing was written'],
      hints: ['--no-adopt, to migrate the records without the live objects', ...error.hints],
    });
  }
}
