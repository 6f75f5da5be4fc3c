/** What each kind of move is called on the screen: the plans are alike, the verbs are not. */

export interface MoveWords {
  /** In a title: `Migration`. */
  readonly noun: string;
  /** In a question: `Migrate`. */
  readonly act: string;
  /** While it is under way, or where it failed: `migrating`. */
  readonly doing: string;
  /** Once it is done: `migrated`. */
  readonly done: string;
  /** The flag that deletes sources; absent where they always stay. */
  readonly deleteFlag?: string;
  /** Nobody would expect its sources to go. */
  readonly onlyReads?: true;
  /** Records are changed or deleted where they stand: there is no target beside them. */
  readonly inPlace?: true;
  /** What its `-o json` is called, with its version. */
  readonly schema?: string;
}

export const migrating: MoveWords = {
  noun: 'Migration',
  act: 'Migrate',
  doing: 'migrating',
  done: 'migrated',
  deleteFlag: '--delete-v2-releases',
};

export const relocating: MoveWords = {
  noun: 'Relocation',
  act: 'Relocate',
  doing: 'relocating',
  done: 'relocated',
  deleteFlag: '--delete-source',
};

export const copying: MoveWords = { noun: 'Copy', act: 'Copy', doing: 'copying', done: 'copied' };

export const restoring: MoveWords = {
  noun: 'Restoration',
  act: 'Restore',
  doing: 'restoring',
  done: 'restored',
  onlyReads: true,
};

export const backingUp: MoveWords = {
  noun: 'Backup',
  act: 'Back up',
  doing: 'backing up',
  done: 'backed up',
  onlyReads: true,
};

export const unlocking: MoveWords = {
  noun: 'Unlocking',
  act: 'Unlock',
  doing: 'unlocking',
  done: 'unlocked',
  inPlace: true,
  schema: 'kubectl-releases/unlock/v1',
};

export const pruning: MoveWords = {
  noun: 'Pruning',
  act: 'Prune',
  doing: 'pruning',
  done: 'pruned',
  inPlace: true,
  schema: 'kubectl-releases/prune/v1',
};

/** `Migrating`, before a progress bar. */
export function underWay({ doing }: MoveWords): string {
  return `${doing.charAt(0).toUpperCase()}${doing.slice(1)}`;
}
