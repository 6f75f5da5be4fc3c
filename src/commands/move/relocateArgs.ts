/** The flags of `relocate` and `copy`. */
import type { EncryptionArgs } from '../line/options.ts';
import type { RunArgs } from './plannedMove.ts';
import type { RelocationEndsArgs } from './relocationEnds.ts';
import type { RelocationSelectionArgs } from './relocationSelection.ts';

export interface RelocateArgs
  extends RelocationEndsArgs,
    RelocationSelectionArgs,
    RunArgs,
    EncryptionArgs {
  /** `copy` never deletes, and says copied. */
  readonly copies?: boolean;
  readonly 'delete-source'?: boolean | undefined;
  readonly 'if-newest'?: readonly string[] | undefined;
  readonly backup?: string | undefined;
  readonly adopt?: boolean | undefined;
  readonly 'no-adopt'?: boolean | undefined;
  readonly 'leave-objects'?: boolean | undefined;
  readonly revisions: string;
  readonly concurrency: number;
}
