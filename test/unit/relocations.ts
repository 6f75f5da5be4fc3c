/** Relocations between stores that a test holds in its hand. */
import { applyPlan } from '../../src/migrate/engine/apply.ts';
import type { Outcome } from '../../src/migrate/engine/engine.ts';
import type { Plan } from '../../src/migrate/plan.ts';
import type { Relocation } from '../../src/migrate/relocate/placement.ts';
import { planRelocation } from '../../src/migrate/relocate/plan.ts';
import type { RelocateOptions } from '../../src/migrate/relocate/relocateOptions.ts';
import { surveyRelocation } from '../../src/migrate/relocate/survey.ts';
import { surveyRelocationTarget } from '../../src/migrate/relocate/target.ts';
import { openMemory } from '../../src/storage/memory.ts';
import type { Storage } from '../../src/storage/storage.ts';

export const asItIs: Relocation = { own: false, namespaces: new Map() };
export const copying: RelocateOptions = { deleteSources: false, revisions: 'all' };
export async function planFor(
  from: Storage,
  to: Storage,
  relocation = asItIs,
  options = copying,
): Promise<Plan> {
  const { releases } = await surveyRelocation([from], new Set(), relocation);
  const stores = new Map([[from.address, from]]);
  return planRelocation(releases, await surveyRelocationTarget(to, releases, stores, 4), options);
}

export async function relocate(
  from: Storage,
  to: Storage,
  relocation = asItIs,
  options = copying,
): Promise<{ plan: Plan; outcomes: Outcome[] }> {
  const plan = await planFor(from, to, relocation, options);
  const engine = {
    from: new Map([[from.address, from]]),
    to,
    backup: openMemory(),
    concurrency: 4,
  };
  return { plan, outcomes: await applyPlan(plan, engine) };
}
