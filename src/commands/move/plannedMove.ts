/** A plan on its way to being shown, asked and carried out, and the flags of that. */
import type { Need } from '../../kube/access.ts';
import type { Engine } from '../../migrate/engine/engine.ts';
import type { Finished } from '../../migrate/finished.ts';
import type { Plan, ReleasePlan } from '../../migrate/plan.ts';
import type { MoveWords } from '../../output/plans/words.ts';
import type { BadRecord } from '../../record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ClusterArgs, PassphraseArgs } from '../line/options.ts';
import type { BackupStore } from './backupStore.ts';

/** The flags of every command that carries a plan out. */
export interface RunArgs extends PassphraseArgs, ClusterArgs {
  readonly check?: boolean | undefined;
  readonly 'dry-run'?: string | undefined;
  readonly report?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly backup?: string | undefined;
  readonly output: string;
}

/** A plan, and what its command knows beside it. */
export interface PlannedMove {
  readonly plan: Plan;
  readonly words: MoveWords;
  /** Whose releases these are, where the command has a scope: `namespace pay`. */
  readonly scope?: string;
  /** The flags that show all that was found; absent: `--check`. */
  readonly details?: string;
  /** What chose the cluster that records go to, where it is another one. */
  readonly target?: ClusterArgs;
  /** Where records go, for the headline. */
  readonly where: string;
  /** Records that can't be told to belong to any release. */
  readonly strays: readonly BadRecord[];
  /** What there is to say when no release was found; empty where some were. */
  readonly nothing: string;
  /** Of the names that were asked for, those that an earlier run has done with. */
  readonly finished?: readonly Finished[];
  /** What the plan takes of the API server and isn't granted, and what to do about that. */
  readonly missing: readonly Need[];
  readonly permissionHints: () => readonly string[];
  readonly engine: Omit<Engine, 'signal' | 'onStep' | 'backup'>;
  /** The sources that the target must not be a part of: all but those that are the target itself. */
  readonly apart?: readonly Storage[];
  /** Makes sure of a place for copies before anything is deleted; absent: nothing ever is. */
  readonly openBackup?: () => Promise<BackupStore>;
  /** The same for what is replaced, where sources are deleted too: both may have one name. */
  readonly openAside?: () => Promise<BackupStore>;
  /**
   * The command that brings back what was deleted, from the backup's path: of these releases alone, or
   * all that it holds.
   */
  readonly undo?: (path: string, names: readonly string[], of?: readonly ReleasePlan[]) => string;
  /**
   * The command that moves releases back of which sources were deleted, or which were written in part;
   * undefined: from the backup alone.
   */
  readonly undoMove?: (gone: readonly ReleasePlan[]) => readonly string[] | undefined;
  /**
   * The commands that copy the sources of releases from a backup to where they were, beside what the target
   * has of them: `restore` refuses those. Absent: nothing refuses them.
   */
  readonly beside?: (path: string, gone: readonly ReleasePlan[]) => readonly string[];
  /** The command that takes away what was written of releases that failed; undefined: none can. */
  readonly away?: (half: readonly ReleasePlan[]) => readonly string[] | undefined;
  /**
   * Where sources come back from the backup: the commands that take the copies of these releases away, after that.
   * Absent: the copies stay.
   */
  readonly copiesAway?: (whole: readonly ReleasePlan[]) => readonly string[];
  /** The one that brings back what was replaced of these releases; absent: the same. */
  readonly undoReplaced?: (
    path: string,
    names: readonly string[],
    of?: readonly ReleasePlan[],
  ) => string;
  /** What can be done next. */
  readonly next: string;
  /** The same where the target was left beside its name, because it lacks something: see `sealedAs`. */
  readonly nextBeside?: (path: string) => string;
  /** What to do where something failed, if not the same again. */
  readonly again?: () => string | undefined;
}
