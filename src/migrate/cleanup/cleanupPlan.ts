/** Everything that a cleanup would do, part after part. */
import type { BadRecord } from '../../record.ts';
import type { InHelm3 } from '../finished.ts';
import type { Plan } from '../plan.ts';
import type { HomePlan } from './home.ts';
import type { TillerPlan } from './tiller.ts';

export interface CleanupPlan {
  /** Absent: not asked for. */
  readonly releases?: Plan;
  /** Names that were asked for and have no Helm 2 record any more. */
  readonly finished: readonly InHelm3[];
  /** Records that can't be told to belong to a release: never deleted. */
  readonly strays: readonly BadRecord[];
  readonly tillers: readonly TillerPlan[];
  readonly home?: HomePlan;
}
