/** What carries a plan out, and what can become of a release. */
import { ReleasesError } from '../../errors.ts';
import type { RecordRef } from '../../record.ts';
import type { Missing, Storage } from '../../storage/storage.ts';
import type { AdoptStep, ReleasePlan, Step } from '../plan.ts';
import type { Place } from './place.ts';
import type { Writer } from './write.ts';

export interface Engine {
  /** The stores that the plan's releases come from, by address. */
  readonly from: ReadonlyMap<string, Storage>;
  readonly to: Storage;
  /** What was asked for and no release of the plan stands for: a target that is written as a whole says it. */
  readonly unseen?: readonly Missing[];
  /** Where records are copied before they are deleted; it must be there when a plan deletes. */
  readonly backup?: Storage;
  /** Where records are copied before they are replaced; absent: beside those that are deleted. */
  readonly aside?: Storage;
  /**
   * Marks a live object as the release's and returns when that has been verified; it must be there
   * when a plan adopts.
   */
  readonly adopt?: (release: ReleasePlan, step: AdoptStep) => Promise<void>;
  /** How many requests may be under way at once. */
  readonly concurrency: number;
  /** Set by Ctrl-C: what is under way ends, nothing new begins. */
  readonly signal?: AbortSignal;
  /**
   * Called after every step that was carried out and verified.
   * @param writer of a record that is created; absent for other steps
   */
  readonly onStep?: (release: ReleasePlan, step: Step, writer?: Writer) => void;
  /**
   * Called when a step that was carried out is no more: a record that was created is taken back, a source
   * whose delete was taken is still there.
   */
  readonly onTakenBack?: (release: ReleasePlan, step: Step) => void;
  /** How long a name is waited for that another run may give up; absent: some seconds. */
  readonly patienceMs?: number;
}

export type Outcome =
  | {
      readonly release: ReleasePlan;
      readonly result: 'migrated';
      readonly deleted: number;
      /** Copies that Helm has pruned since their sources were deleted. */
      readonly pruned?: readonly RecordRef[];
    }
  /** The plan didn't let it move, or there was nothing to do. */
  | { readonly release: ReleasePlan; readonly result: 'left alone' }
  /** Something changed or failed on the way; what was written is right, what was deleted has its copy. */
  | {
      readonly release: ReleasePlan;
      readonly result: 'failed';
      readonly error: ReleasesError;
      /** Sources are deleted of which no copy is in the target: the backup has them. */
      readonly lost?: true;
      /**
       * Somebody else has deleted its newest source, so that its copies are no state that anybody knows, or has gone
       * on with what was updated.
       */
      readonly overtaken?: true;
      /** What this run wrote in the target isn't all there any more: somebody else has deleted it. */
      readonly vanished?: true;
      /** A record may have been updated where it stands: nobody could read it back. */
      readonly perhapsUpdated?: true;
      readonly stands?: Standing;
    }
  | { readonly release: ReleasePlan; readonly result: 'interrupted'; readonly stands?: Standing };

export interface Standing {
  /** The revisions that its source has, from the oldest. */
  readonly source: readonly number[];
  /** Those that the target has under its name there. */
  readonly target: readonly number[];
  /** Of these, what was neither there before nor written by this run: a Helm's, or another run's. */
  readonly others: readonly number[];
  readonly place: Place;
  /** The target's address. */
  readonly to: string;
  /** Live objects that this run has marked as the new name's. */
  readonly marked: number;
  /** Nobody could look: it is what this run knows. */
  readonly unseen?: Unseen;
}

/** What this run has done and nobody could look at. */
export interface Unseen {
  /** Records that were written. */
  readonly written: number;
  /** Records that may have been written: the answer was lost. */
  readonly perhapsWritten: number;
  /** Sources that may have been deleted, likewise. */
  readonly perhapsDeleted: number;
}

export function stopIfInterrupted(engine: Engine): void {
  if (engine.signal?.aborted) throw new ReleasesError('INTERRUPTED', 'interrupted');
}
