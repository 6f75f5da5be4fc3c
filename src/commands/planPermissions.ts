/** What a plan takes of the API server, and that it is granted before anything is written. */
import { isReleasesError, ReleasesError } from '../errors.ts';
import {
  mergedNeeds,
  missingPermissions,
  missingWords,
  type Need,
  needFor,
  needWord,
} from '../kube/access.ts';
import type { Kube } from '../kube/kube.ts';
import { isMovable, type Plan } from '../migrate/plan.ts';
import type { Storage } from '../storage/storage.ts';
import { resourceOf } from './permissions.ts';

/** Both ends of a plan: whether they ask for permissions is theirs to know. */
export interface PlanEnds {
  /** By address. */
  readonly from: ReadonlyMap<string, Storage>;
  readonly to: Storage;
}

/**
 * What carrying out a plan takes beyond what making it took. Folders take no permission.
 * @returns each need once
 */
export function planNeeds(plan: Plan, { from, to }: PlanEnds): Need[] {
  const needs: Need[] = [];
  for (const release of plan.releases.filter(isMovable))
    for (const step of release.steps) {
      if (step.do === 'adopt') {
        for (const verb of ['get', 'patch'] as const) needs.push(needFor(verb, step.object));
        continue;
      }
      const store = step.do === 'delete' ? from.get(release.from) : to;
      if (!store?.capabilities.inCluster) continue;
      const { kind, namespace } = step.record;
      needs.push({ verb: 'get', resource: resourceOf(kind), namespace });
      if (step.do !== 'keep') needs.push({ verb: step.do, resource: resourceOf(kind), namespace });
      if (step.do === 'create' && step.replaces)
        needs.push({ verb: 'delete', resource: resourceOf(kind), namespace });
    }
  return mergedNeeds(needs);
}

/**
 * Asks the API server for what a plan takes and isn't granted. Where a plan takes nothing, nothing is
 * asked, and no cluster is needed.
 * @throws ReleasesError, as `KubeApi.call` does
 */
export async function missingFor(
  plan: Plan,
  ends: PlanEnds,
  kube: () => Promise<Pick<Kube, 'api'>>,
): Promise<Need[]> {
  const needs = planNeeds(plan, ends);
  if (needs.length === 0) return [];
  return missingPermissions((await kube()).api, needs);
}

/** What a plan ends with that can't be carried out: REFUSED, naming every verb that is missing. */
export function lacking(missing: readonly Need[], hints: readonly string[]): ReleasesError {
  return new ReleasesError('REFUSED', 'permissions are missing, and nothing was written', {
    why: missingWords(missing),
    hints,
  });
}

/**
 * Reads what a plan is made of. Where that is forbidden, the plan is refused, like one that can't be
 * carried out.
 * @throws ReleasesError REFUSED instead of FORBIDDEN, and whatever else `work` throws
 */
export async function planning<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isReleasesError(error, 'FORBIDDEN')) throw error;
    const why = [...error.why, 'nothing was written'];
    throw new ReleasesError('REFUSED', error.message, { why, hints: error.hints });
  }
}

/** What is missing, beside a plan in `-o json`, `-o yaml` and reports. */
export function missingData(missing: readonly Need[]): {
  readonly missingPermissions?: readonly string[];
} {
  return missing.length === 0 ? {} : { missingPermissions: missing.map(needWord) };
}
