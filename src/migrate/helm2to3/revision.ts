/** A revision of Helm 2 on its way. */
import type { RecordMeta } from '../../record.ts';
import type { Release } from '../../release.ts';
import type { KeptGood } from '../spool.ts';
import type { Loss } from './losses.ts';

/** A revision that converts, with the record it becomes. */
export interface Revision {
  readonly revision: number;
  readonly source: RecordMeta;
  /** The same with its content. */
  readonly kept: KeptGood;
  readonly losses: readonly Loss[];
  /** Labels that somebody has put on it, and that go with it. */
  readonly labels: RecordMeta['labels'];
  /** As Helm 2 recorded it. */
  readonly before: Release;
  readonly wanted: Release;
}
