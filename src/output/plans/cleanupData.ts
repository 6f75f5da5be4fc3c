/** A cleanup as data, for `-o json` and `-o yaml`: names, never what anything holds. */

import type { CleanupPlan } from '../../migrate/cleanup/cleanupPlan.ts';
import { homeData } from '../../migrate/cleanup/home.ts';
import { tillerData } from '../../migrate/cleanup/tiller.ts';
import { outcomeData } from '../../migrate/engine/apply.ts';
import { finishedData } from '../../migrate/finished.ts';
import { planData } from '../../migrate/plan.ts';
import type { CleanupOutcomes } from './cleanup.ts';

export function cleanupData({ releases, finished, strays, tillers, home }: CleanupPlan): object {
  return {
    ...(releases && { releases: planData(releases) }),
    ...finishedData(finished),
    strays: strays.map(({ kind, namespace, key, unreadable }) => ({
      ...{ kind, namespace, key, unreadable },
    })),
    ...(tillers.length > 0 && { tiller: tillers.map(tillerData) }),
    ...(home && { config: homeData(home) }),
  };
}

export function outcomesData(done: CleanupOutcomes): object {
  return {
    outcomes: {
      releases: done.releases.map((outcome) => ({
        ...outcomeData(outcome),
        // Nothing was migrated here: it had been.
        ...(outcome.result === 'migrated' && { result: 'removed' }),
      })),
      tiller: done.tillers.map(({ plan, result, removed, error }) => ({
        ...{ namespace: plan.namespace, result, deleted: removed.length },
        ...(error && { error: error.message }),
      })),
      ...(done.home && {
        config: {
          ...{ result: done.home.result, deleted: done.home.removed.map(({ name }) => name) },
          ...(done.home.error && { error: done.home.error.message }),
        },
      }),
      skipped: done.skipped,
      undo: done.undo,
    },
  };
}
