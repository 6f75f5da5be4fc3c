/** What carrying a plan out takes of the API server. */
import { mergedNeeds, type Need, needFor, resourceOf } from '../kube/access.ts';
import type { RecordRef } from '../record.ts';
import type { Storage } from '../storage/storage.ts';
import { isMovable, type Plan } from './plan.ts';

/** Both ends of a plan: whether they ask for permissions is theirs to know. */
export interface PlanEnds {
  /** By address. */
  readonly from: ReadonlyMap<string, Storage>;
  readonly to: Storage;
}

/** By the cluster that is asked; the two may be one. */
export interface EndNeeds {
  readonly from: readonly Need[];
  readonly to: readonly Need[];
}

/**
 * What carrying out a plan takes of each end, beyond what making it took. Folders take no permission.
 * @returns each need once
 */
export function endNeeds(plan: Plan, { from, to }: PlanEnds): EndNeeds {
  const needs: { from: Need[]; to: Need[] } = { from: [], to: [] };
  const add = (
    end: 'from' | 'to',
    store: Storage | undefined,
    verb: Need['verb'],
    at: RecordRef,
  ) => {
    const { kind, namespace } = at;
    if (store?.capabilities.inCluster)
      needs[end].push({ verb, resource: resourceOf(kind), namespace });
  };
  for (const release of plan.releases.filter(isMovable))
    for (const step of release.steps) {
      if (step.do === 'adopt') {
        for (const verb of ['get', 'patch'] as const) needs.to.push(needFor(verb, step.object));
        continue;
      }
      const source = from.get(release.from);
      if (step.do === 'delete') {
        for (const verb of ['get', 'delete'] as const) add('from', source, verb, step.record);
        continue;
      }
      if (step.do === 'update') {
        for (const verb of ['get', 'update'] as const) add('from', source, verb, step.record);
        // No server updates what is immutable: it is deleted and created.
        if (step.over.immutable)
          for (const verb of ['delete', 'create'] as const) add('from', source, verb, step.record);
        continue;
      }
      add('to', to, 'get', step.record);
      if (step.do === 'keep') continue;
      add('to', to, 'create', step.record);
      if (step.copy) add('from', source, 'get', step.copy.source);
      // What no update can change, as a Secret's type, is deleted and created: no plan knows that of all.
      if (step.replaces)
        for (const verb of ['update', 'delete'] as const) add('to', to, verb, step.record);
    }
  return { from: mergedNeeds(needs.from), to: mergedNeeds(needs.to) };
}

/** The same where both ends are in one cluster. */
export function planNeeds(plan: Plan, ends: PlanEnds): Need[] {
  const { from, to } = endNeeds(plan, ends);
  return mergedNeeds([...to, ...from]);
}
